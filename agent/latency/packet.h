// STAMP test packets, unauthenticated: RFC 8762 clauses 4.2.1 and 4.3.1, session identifiers of
// RFC 8972. All fields big-endian.
//
//   sender     sequence 0-3, T1 4-11, error estimate 12-13, SSID 14-15, zero 16-43
//   reflector  sequence 0-3, T3 4-11, error estimate 12-13, SSID 14-15, T2 16-23,
//              sender's sequence 24-27, T1 28-35, sender's error estimate 36-37, zero 38-39,
//              sender's TTL 40, zero 41-43
//
// TWAMP-Light peers send 14 bytes and answer with 38; what such packets lack reads as zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace caspilink::latency {

inline constexpr std::size_t kPacketSize = 44;
inline constexpr std::size_t kSmallestRequest = 14;
inline constexpr std::size_t kSmallestReply = 38;

// 64-bit NTP time: seconds since 1900 and their fraction in units of 2^-32 s. Wraps every 136
// years; differences stay right across the wrap.
struct NtpTime {
  std::uint64_t bits = 0;

  [[nodiscard]] static NtpTime from_unix_ns(std::int64_t unix_ns);

  // a - b in nanoseconds, signed, for times less than 68 years apart.
  [[nodiscard]] static std::int64_t difference_ns(NtpTime a, NtpTime b);

  friend bool operator==(NtpTime, NtpTime) = default;
};

// RFC 8762 clause 4.2.1, RFC 4656 clause 4.1.2: S, Z, scale and multiplier.
struct ErrorEstimate {
  bool synchronised = false;
  bool ptp_format = false;      // timestamps are PTP's, which we neither send nor read
  std::uint8_t scale = 0;       // 0 to 63
  std::uint8_t multiplier = 1;  // never 0

  // The smallest estimate that is not under `seconds`.
  [[nodiscard]] static ErrorEstimate from_seconds(double seconds, bool synchronised);
  [[nodiscard]] double seconds() const;  // multiplier * 2^-32 * 2^scale

  friend bool operator==(const ErrorEstimate&, const ErrorEstimate&) = default;
};

struct SenderPacket {
  std::uint32_t sequence = 0;
  NtpTime sent;  // T1
  ErrorEstimate error;
  std::uint16_t session = 0;  // SSID

  friend bool operator==(const SenderPacket&, const SenderPacket&) = default;
};

struct ReflectorPacket {
  std::uint32_t sequence = 0;
  NtpTime sent;  // T3
  ErrorEstimate error;
  std::uint16_t session = 0;
  NtpTime received;     // T2
  SenderPacket sender;  // its session is not in the packet a second time
  std::uint8_t sender_ttl = 0;

  friend bool operator==(const ReflectorPacket&, const ReflectorPacket&) = default;
};

// Fill the first 44 bytes, or as many as there are.
void encode(const SenderPacket& packet, std::span<std::byte> out);
void encode(const ReflectorPacket& packet, std::span<std::byte> out);

// Nothing for fewer than 14 bytes.
[[nodiscard]] std::optional<SenderPacket> decode_sender(std::span<const std::byte> bytes);
// Nothing for fewer than 38 bytes.
[[nodiscard]] std::optional<ReflectorPacket> decode_reflector(std::span<const std::byte> bytes);

}  // namespace caspilink::latency
