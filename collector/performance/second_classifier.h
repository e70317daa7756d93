// Errored, severely errored and unavailable seconds of one direction, after ITU-T G.826 and G.8201.
//
// Unavailable time begins with the first of ten consecutive severely errored seconds, those ten
// included, and ends with the first of ten consecutive seconds that are not, those ten excluded. So
// a second's class may be known only ten seconds later, and is handed out then, with its own time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace caspilink::performance {

// What was seen of one path during one second.
struct SecondObservation {
  std::int64_t second_unix = 0;      // beginning of the second
  std::uint64_t errored_blocks = 0;  // blocks with at least one error
  std::uint64_t blocks = 0;          // blocks that the second should have carried; > 0
  bool defect = false;               // loss of signal, frame or the like
};

// One second, once its class is certain.
struct ClassifiedSecond {
  std::int64_t second_unix = 0;
  bool errored = false;           // ES; never set in unavailable time
  bool severely_errored = false;  // SES; an ES too; never set in unavailable time
  bool unavailable = false;       // UAS
  std::uint64_t background_block_errors =
      0;  // BBE: errored blocks outside SES, available time only

  friend bool operator==(const ClassifiedSecond&, const ClassifiedSecond&) = default;
};

class SecondClassifier {
 public:
  using Sink = std::function<void(const ClassifiedSecond&)>;

  // `severe_ratio`: share of errored blocks from which a second is severely errored, in (0, 1]:
  // 0.30 for G.826 paths, 0.15 for OTN (G.8201).
  SecondClassifier(double severe_ratio, Sink sink);

  // Seconds must come in rising order. Where one or more are missing, what is pending is settled as
  // it stands, because nobody can know whether its run went on; the availability state stays.
  void observe(const SecondObservation& second);

  // Settles what is pending as it stands: at shutdown.
  void settle();

  [[nodiscard]] bool available() const { return available_; }

 private:
  struct Pending {
    SecondObservation seen;
    bool severe = false;
  };
  static constexpr std::size_t kRun = 10;

  void emit(const Pending& pending, bool unavailable);

  double severe_ratio_;
  Sink sink_;
  bool available_ = true;
  std::optional<std::int64_t> last_;
  // The current run of seconds that would change the state if it reached ten.
  std::vector<Pending> pending_;
};

}  // namespace caspilink::performance
