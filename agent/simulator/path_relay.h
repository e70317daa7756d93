// The path between stations for latency probes: holds each UDP datagram for as long as light takes.
//
// One UDP socket a fibre pair, on consecutive ports, takes datagrams of session senders at this
// station; each goes on to the far station's reflector after the one-way latency of the departing
// direction, and the reflector's reply comes back after that of the arriving one. Every sender has
// an upstream socket of its own, which tells replies apart. A dark direction drops; added delay
// adds. The relay never sends more bytes than it took in, and what it holds is bounded.
//
// Runs on a thread of its own, so that sampling does not disturb it. The kernel's receive time
// counts, not ours; the last stretch before a release is spun, see kSpin. Public functions may be
// called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/simulator/line_model.h"
#include "link_models/plant/direction.h"
#include "link_models/result.h"

namespace caspilink::simulator {

struct RelayCounts {
  std::uint64_t forwarded = 0;  // sent on, either way
  std::uint64_t dropped_dark = 0;
  std::uint64_t dropped_full = 0;  // too many in flight, too many senders, no credit
  std::uint64_t dropped_oversize = 0;
};

class PathRelay {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t base_port = 0;  // of the first fibre pair; 0: every pair gets a free one
    std::string target_host = "127.0.0.1";
    std::uint16_t target_port = 0;
    plant::Direction departing = plant::Direction::kAToB;
    std::size_t most_in_flight = 1024;  // datagrams of one fibre pair, both directions
    std::size_t most_senders = 8;       // of one fibre pair
  };
  static constexpr std::size_t kLargestDatagram = 2048;

  // Listens when it returns. kInvalidInput for addresses that are none, kUnavailable where a port
  // is taken.
  [[nodiscard]] static Result<std::unique_ptr<PathRelay>> start(
      Options options, std::shared_ptr<const LineView> view);
  ~PathRelay();
  PathRelay(const PathRelay&) = delete;
  PathRelay& operator=(const PathRelay&) = delete;

  // Port of each fibre pair, in the plant's order.
  [[nodiscard]] const std::vector<std::uint16_t>& ports() const;
  void set_view(std::shared_ptr<const LineView> view);
  [[nodiscard]] RelayCounts counts() const;

 private:
  struct Impl;
  explicit PathRelay(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::simulator
