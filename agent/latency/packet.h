// STAMP test packets: RFC 8762 clauses 4.2 and 4.3, session identifiers of RFC 8972. All fields
// big-endian; what is not named is zero.
//
//                          unauthenticated (44 bytes)   authenticated (112 bytes)
//   sequence               0-3                          0-3
//   timestamp T1, or T3    4-11                         16-23
//   error estimate         12-13                        24-25
//   SSID                   14-15                        26-27
//   reflector only:
//   received T2            16-23                        32-39
//   sender's sequence      24-27                        48-51
//   sender's T1            28-35                        64-71
//   sender's estimate      36-37                        72-73
//   sender's TTL           40                           80
//   HMAC over 0-95                                      96-111
//
// TWAMP-Light peers send 14 bytes and answer with 38; what such packets lack reads as zero. TLVs
// follow the base packet (tlv.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/latency/hmac.h"
#include "agent/latency/timestamp.h"

namespace caspilink::latency {

inline constexpr std::size_t kPacketSize = 44;
inline constexpr std::size_t kAuthenticatedSize = 112;
inline constexpr std::size_t kSmallestRequest = 14;
inline constexpr std::size_t kSmallestReply = 38;

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

// Unauthenticated. Fill the first 44 bytes, or as many as there are.
void encode(const SenderPacket& packet, std::span<std::byte> out);
void encode(const ReflectorPacket& packet, std::span<std::byte> out);
// Nothing for fewer than 14 bytes.
[[nodiscard]] std::optional<SenderPacket> decode_sender(std::span<const std::byte> bytes);
// Nothing for fewer than 38 bytes.
[[nodiscard]] std::optional<ReflectorPacket> decode_reflector(std::span<const std::byte> bytes);

// Authenticated. Fill the first 112 bytes, which must be there.
void encode(const SenderPacket& packet, const Key& key, std::span<std::byte> out);
void encode(const ReflectorPacket& packet, const Key& key, std::span<std::byte> out);
// Nothing for fewer than 112 bytes. Says nothing of the HMAC: ask is_authentic first.
[[nodiscard]] std::optional<SenderPacket> decode_authenticated_sender(
    std::span<const std::byte> bytes);
[[nodiscard]] std::optional<ReflectorPacket> decode_authenticated_reflector(
    std::span<const std::byte> bytes);
// Whether 112 bytes are there and bear the key's HMAC.
[[nodiscard]] bool is_authentic(std::span<const std::byte> bytes, const Key& key);

}  // namespace caspilink::latency
