// Writes what the store receives to one receiver, from where it has got to: a receiver that was
// away is filled up when it is back, and a restart goes on where the last acknowledged request
// ended.
//
// A request holds samples of one age class, because a receiver that finds one sample too old drops
// the whole request; one that it refuses is cut in halves by time, so that what is good arrives.
//
// Threading: step() on one thread; status() and stop() on any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "collector/remote_write/receiver.h"
#include "collector/remote_write/series.h"
#include "collector/store/history.h"
#include "collector/store/known_series.h"
#include "collector/store/store.h"
#include "link_models/plant/plant.h"

namespace caspilink::remote_write {

struct Status {
  std::string receiver;
  std::uint64_t samples = 0;  // taken by the receiver
  std::uint64_t too_old = 0;  // dropped: older than the receiver takes
  std::uint64_t refused = 0;  // dropped: refused for good
  std::uint64_t failed_requests = 0;
  std::optional<std::int64_t> last_success_unix_ns;
  std::int64_t delay_ns = 0;  // age of the newest batch that was written, 0 when none waits
  std::string trouble;        // the last failure, empty after a success
};

class Writer {
 public:
  // Goes on where the store's watermark says. `store` must outlive the writer.
  [[nodiscard]] static Result<std::unique_ptr<Writer>> open(
      const std::string& store_directory, store::Store& store,
      std::shared_ptr<const plant::Plant> plant, ReceiverSettings settings,
      std::unique_ptr<Receiver> receiver);

  // Reads and sends a bounded amount; called again and again.
  [[nodiscard]] Result<void> step(std::int64_t now_unix_ns);

  [[nodiscard]] Status status() const;
  void stop();

 private:
  struct Series {
    std::optional<std::uint32_t> number;
    double scale = 1;
    codec::Statistic statistic = codec::Statistic::kInstant;
  };
  using Samples = std::vector<Outgoing>;

  Writer(std::unique_ptr<store::History> history, store::Store& store,
         std::shared_ptr<const plant::Plant> plant, ReceiverSettings settings,
         std::unique_ptr<Receiver> receiver);
  [[nodiscard]] Result<bool> read_more(std::int64_t now_unix_ns);  // false: nothing has come
  void take(const store::FollowedBatch& followed, std::int64_t now_unix_ns);
  Series look_up(const store::FollowedBatch& followed, std::uint32_t number);
  void cut_into_requests();
  // False where the receiver is to be asked again later.
  bool send(Samples samples, int cuts, std::int64_t now_unix_ns);
  bool send_queued(std::int64_t now_unix_ns);
  void back_off(const Answer& answer, std::int64_t now_unix_ns);
  template <typename Change>
  void note(const Change& change);

  std::unique_ptr<store::History> history_;
  store::Store& store_;
  const std::shared_ptr<const plant::Plant> plant_;
  const ReceiverSettings settings_;
  const std::unique_ptr<Receiver> receiver_;
  const Labels more_;

  std::int64_t position_ = 0;  // all before it was sent or dropped
  std::int64_t reached_ = 0;   // what is read and not yet sent ends here
  std::int64_t newest_received_ns_ = 0;
  Samples waiting_;                // read, not yet cut into requests
  std::vector<Samples> requests_;  // in the order to be sent, from the back
  store::KnownSeries<Series> known_;
  std::map<fleet::Place, std::uint32_t> numbers_;
  std::vector<Labels> series_;
  std::vector<bool> instant_;  // by series: instant readings were seen, averages are not needed
  // A receiver's window only moves on, so nothing up to here is worth asking about.
  std::int64_t too_old_until_ms_ = INT64_MIN;
  std::int64_t not_before_ns_ = 0;
  std::int64_t pause_ns_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  std::atomic<bool> stopped_ = false;

  mutable std::mutex mutex_;
  Status status_;
};

}  // namespace caspilink::remote_write
