#include "agent/latency/timestamp.h"

#include <algorithm>
#include <cmath>

namespace caspilink::latency {
namespace {

constexpr std::int64_t kNtpToUnixSeconds = 2'208'988'800;  // 1900-01-01 to 1970-01-01
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr int kLargestScale = 63;
constexpr int kLargestMultiplier = 255;

}  // namespace

NtpTime NtpTime::from_unix_ns(std::int64_t unix_ns) {
  std::int64_t seconds = unix_ns / kNanosPerSecond;
  std::int64_t nanos = unix_ns % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  // Rounded up, so that reading the nanoseconds back truncates to the same.
  const auto fraction =
      ((static_cast<std::uint64_t>(nanos) << 32) + kNanosPerSecond - 1) / kNanosPerSecond;
  return {(static_cast<std::uint64_t>(seconds + kNtpToUnixSeconds) << 32) + fraction};
}

std::int64_t NtpTime::difference_ns(NtpTime a, NtpTime b) {
  const auto difference = static_cast<std::int64_t>(a.bits - b.bits);
  const std::int64_t seconds = difference >> 32;  // towards minus infinity
  const std::int64_t fraction = difference & 0xffff'ffff;
  return seconds * kNanosPerSecond + ((fraction * kNanosPerSecond + (std::int64_t{1} << 31)) >> 32);
}

std::int64_t ptp_difference_ns(std::uint64_t a, std::uint64_t b) {
  const auto seconds = static_cast<std::int32_t>(static_cast<std::uint32_t>(a >> 32) -
                                                 static_cast<std::uint32_t>(b >> 32));
  const auto nanos =
      static_cast<std::int64_t>(a & 0xffff'ffff) - static_cast<std::int64_t>(b & 0xffff'ffff);
  return std::int64_t{seconds} * kNanosPerSecond + nanos;
}

ErrorEstimate ErrorEstimate::from_seconds(double seconds, bool synchronised) {
  ErrorEstimate estimate{.synchronised = synchronised};
  double multiplier = std::ceil(std::max(seconds, 0.0) * 0x1p32);
  while (multiplier > kLargestMultiplier && estimate.scale < kLargestScale) {
    multiplier = std::ceil(multiplier / 2);
    ++estimate.scale;
  }
  estimate.multiplier =
      static_cast<std::uint8_t>(std::clamp(multiplier, 1.0, double{kLargestMultiplier}));
  return estimate;
}

double ErrorEstimate::seconds() const { return std::ldexp(multiplier, int{scale} - 32); }

ErrorEstimate ErrorEstimate::from_bits(std::uint16_t bits) {
  return {.synchronised = (bits & 0x8000U) != 0,
          .ptp_format = (bits & 0x4000U) != 0,
          .scale = static_cast<std::uint8_t>(bits >> 8 & 0x3f),
          .multiplier = static_cast<std::uint8_t>(bits & 0xff)};
}

std::uint16_t ErrorEstimate::bits() const {
  return static_cast<std::uint16_t>((synchronised ? 0x8000U : 0U) | (ptp_format ? 0x4000U : 0U) |
                                    (scale & 0x3fU) << 8 | multiplier);
}

}  // namespace caspilink::latency
