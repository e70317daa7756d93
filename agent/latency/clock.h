// The clocks a probe is stamped by. Passed in, so that tests have their own.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/latency/timestamp.h"
#include "agent/latency/tlv.h"

namespace caspilink::latency {

// One instant on both clocks.
struct Moment {
  std::int64_t unix_ns = 0;    // may be set, stepped and slewed
  std::int64_t steady_ns = 0;  // never goes back, and goes on while the machine sleeps
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Moment now() const = 0;
  // How far unix_ns may be from true time, as the kernel knows it.
  [[nodiscard]] virtual ErrorEstimate error() const = 0;
};

// CLOCK_REALTIME, CLOCK_BOOTTIME and adjtimex(2): its maxerror, and S unless the kernel says
// STA_UNSYNC or is in the middle of a leap second. The kernel is asked at most once a second. For
// one thread.
class SystemClock final : public Clock {
 public:
  Moment now() const override;
  ErrorEstimate error() const override;

 private:
  mutable ErrorEstimate error_;
  mutable std::int64_t asked_ns_ = 0;
};

// Whether the wall clock was set between two instants: its distance from the steady clock moved by
// more than slewing explains (the kernel slews by at most 500 ppm; 1000 ppm and 100 us are
// granted).
[[nodiscard]] bool stepped_between(const Moment& earlier, const Moment& later);

// When something happened that the kernel stamped with wall time `kernel_unix_ns`, known at `read`.
// Nothing where that cannot be: in the future, or over a minute ago.
[[nodiscard]] std::optional<Moment> moment_of(std::int64_t kernel_unix_ns, const Moment& read);

// RFC 8972's word for what keeps a clock right, as far as the kernel tells.
[[nodiscard]] SyncSource sync_source(const ErrorEstimate& error);

}  // namespace caspilink::latency
