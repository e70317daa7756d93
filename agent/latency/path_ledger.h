// Which way probes were lost or overtook each other, told from the numbers that a stateful
// reflector gives its answers (RFC 8762 clause 4.3): a number that never came was sent and lost on
// its way back; a probe without a missing number never reached the reflector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace caspilink::latency {

// What is known of a peer's reflector. A stateless one repeats the probe's number, which from a
// stateful one says that nothing was lost outbound: only the first answer that bears another number
// proves state, and until then `kUnknown` tells no direction.
enum class PeerReflector : std::uint8_t { kUnknown, kStateful, kStateless };

class PathLedger {
 public:
  struct Counts {
    std::uint64_t lost_outbound = 0;
    std::uint64_t lost_inbound = 0;
    std::uint64_t reordered_outbound = 0;
    std::uint64_t reordered_inbound = 0;
    std::uint64_t reordered = 0;  // answers to a probe older than one answered before
    std::uint64_t restarts = 0;   // the reflector began to count anew
  };

  PathLedger(PeerReflector peer, std::int64_t timeout_ns) : peer_(peer), timeout_ns_(timeout_ns) {}

  // An answer to probe `sequence`, numbered `reflected`, came; `sent` probes have left so far.
  // `again`: the probe had been answered before.
  void answered(std::uint32_t sequence, std::uint32_t reflected, std::uint64_t sent, bool again,
                std::int64_t steady_ns);
  // A probe was given up.
  void lost(std::uint32_t sequence, std::int64_t steady_ns);

  // Whether losses can be told apart.
  [[nodiscard]] bool tells_directions() const { return peer_ == PeerReflector::kStateful; }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  // Probes lost since the last answer, whose direction only the next one will tell.
  [[nodiscard]] std::uint64_t undecided() const { return undecided_; }

 private:
  void decide(bool inbound, std::uint64_t count);
  void restart(std::uint32_t reflected);
  void forget_old(std::int64_t steady_ns);

  PeerReflector peer_;
  std::int64_t timeout_ns_;
  Counts counts_;
  std::optional<std::uint32_t> newest_sequence_;
  std::uint32_t next_reflected_ = 0;
  std::map<std::uint32_t, std::int64_t> missing_;  // number and when it was missed
  std::uint64_t undecided_ = 0;
};

}  // namespace caspilink::latency
