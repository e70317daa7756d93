// Times as packets carry them, and how far they may be wrong.
#pragma once

#include <cstdint>

namespace caspilink::latency {

// 64-bit NTP time: seconds since 1900 and their fraction in units of 2^-32 s. Wraps every 136
// years; differences stay right across the wrap.
struct NtpTime {
  std::uint64_t bits = 0;

  [[nodiscard]] static NtpTime from_unix_ns(std::int64_t unix_ns);

  // a - b in nanoseconds, signed, for times less than 68 years apart.
  [[nodiscard]] static std::int64_t difference_ns(NtpTime a, NtpTime b);

  friend bool operator==(NtpTime, NtpTime) = default;
};

// a - b in nanoseconds of two times in PTP's truncated format (RFC 8762 clause 4.2.1, Z = 1: 32
// bits of seconds, 32 bits of nanoseconds), as a peer may stamp.
[[nodiscard]] std::int64_t ptp_difference_ns(std::uint64_t a, std::uint64_t b);

// RFC 8762 clause 4.2.1, RFC 4656 clause 4.1.2: S, Z, scale and multiplier.
struct ErrorEstimate {
  bool synchronised = false;
  bool ptp_format = false;      // timestamps are PTP's, which we never send
  std::uint8_t scale = 0;       // 0 to 63
  std::uint8_t multiplier = 1;  // never 0 from us; 0 makes an estimate invalid

  // The smallest estimate that is not under `seconds`.
  [[nodiscard]] static ErrorEstimate from_seconds(double seconds, bool synchronised);
  [[nodiscard]] double seconds() const;  // multiplier * 2^-32 * 2^scale

  [[nodiscard]] static ErrorEstimate from_bits(std::uint16_t bits);
  [[nodiscard]] std::uint16_t bits() const;

  friend bool operator==(const ErrorEstimate&, const ErrorEstimate&) = default;
};

}  // namespace caspilink::latency
