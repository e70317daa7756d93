// Waiting times between attempts to reach a peer.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace caspilink::rpc {

// Grows by 1.6 from `first` to `longest`; each is drawn between half and all of its step, so that
// many agents that lost one peer do not come back as one.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  Backoff(Duration first, Duration longest, std::uint64_t seed)
      : first_(first), longest_(longest), step_(first), random_(seed) {}

  [[nodiscard]] Duration next() {
    const Duration step = step_;
    step_ = std::min(longest_, step * 8 / 5);
    return std::uniform_int_distribution(step.count() / 2, step.count())(random_) * Duration(1);
  }

  void reset() { step_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration step_;
  std::minstd_rand random_;
};

}  // namespace caspilink::rpc
