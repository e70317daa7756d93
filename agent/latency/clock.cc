#include "agent/latency/clock.h"

#include <ctime>

#include <sys/timex.h>

namespace caspilink::latency {
namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::int64_t SystemClock::unix_ns() const { return read_clock(CLOCK_REALTIME); }
std::int64_t SystemClock::steady_ns() const { return read_clock(CLOCK_MONOTONIC); }

ErrorEstimate SystemClock::error() const {
  constexpr std::int64_t kGoodFor = 1'000'000'000;
  constexpr double kUnknown = 16;  // seconds, the kernel's own figure for a clock left alone
  const std::int64_t now = steady_ns();
  if (asked_ns_ == 0 || now - asked_ns_ >= kGoodFor) {
    asked_ns_ = now;
    timex state{};
    error_ = adjtimex(&state) < 0
                 ? ErrorEstimate::from_seconds(kUnknown, false)
                 : ErrorEstimate::from_seconds(static_cast<double>(state.maxerror) * 1e-6,
                                               (state.status & STA_UNSYNC) == 0);
  }
  return error_;
}

}  // namespace caspilink::latency
