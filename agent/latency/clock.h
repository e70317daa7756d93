// The clocks a probe stamps by. Passed in, so that tests have their own.
#pragma once

#include <cstdint>

#include "agent/latency/packet.h"

namespace caspilink::latency {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t unix_ns() const = 0;
  [[nodiscard]] virtual std::int64_t steady_ns() const = 0;
  // How far unix_ns may be from true time, as the kernel knows it.
  [[nodiscard]] virtual ErrorEstimate error() const = 0;
};

// CLOCK_REALTIME, CLOCK_MONOTONIC and adjtimex(2): its maxerror, and S unless the kernel says
// STA_UNSYNC. The kernel is asked at most once a second. For one thread.
class SystemClock final : public Clock {
 public:
  std::int64_t unix_ns() const override;
  std::int64_t steady_ns() const override;
  ErrorEstimate error() const override;

 private:
  mutable ErrorEstimate error_;
  mutable std::int64_t asked_ns_ = 0;
};

}  // namespace caspilink::latency
