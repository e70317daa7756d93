#include "agent/latency/clock.h"

#include <cstdlib>
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

Moment SystemClock::now() const {
  return {.unix_ns = read_clock(CLOCK_REALTIME), .steady_ns = read_clock(CLOCK_BOOTTIME)};
}

ErrorEstimate SystemClock::error() const {
  constexpr std::int64_t kGoodFor = 1'000'000'000;
  constexpr double kUnknown = 16;  // seconds, the kernel's own figure for a clock left alone
  const std::int64_t now = read_clock(CLOCK_BOOTTIME);
  if (asked_ns_ == 0 || now - asked_ns_ >= kGoodFor) {
    asked_ns_ = now;
    timex state{};
    const int clock = adjtimex(&state);
    error_ = clock < 0 ? ErrorEstimate::from_seconds(kUnknown, false)
                       : ErrorEstimate::from_seconds(
                             static_cast<double>(state.maxerror) * 1e-6,
                             (state.status & STA_UNSYNC) == 0 && clock != TIME_OOP);
  }
  return error_;
}

bool stepped_between(const Moment& earlier, const Moment& later) {
  constexpr std::int64_t kGranted = 100'000;
  const std::int64_t passed = later.steady_ns - earlier.steady_ns;
  const std::int64_t moved = later.unix_ns - earlier.unix_ns - passed;
  return std::abs(moved) > kGranted + std::abs(passed) / 1000;
}

std::optional<Moment> moment_of(std::int64_t kernel_unix_ns, const Moment& read) {
  constexpr std::int64_t kOldest = 60'000'000'000;
  const std::int64_t age = read.unix_ns - kernel_unix_ns;
  if (age < 0 || age > kOldest) return std::nullopt;
  return Moment{.unix_ns = kernel_unix_ns, .steady_ns = read.steady_ns - age};
}

SyncSource sync_source(const ErrorEstimate& error) {
  return error.synchronised ? SyncSource::kNtp : SyncSource::kFreeRunning;
}

}  // namespace caspilink::latency
