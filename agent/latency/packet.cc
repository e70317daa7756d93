#include "agent/latency/packet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

namespace caspilink::latency {
namespace {

constexpr std::int64_t kNtpToUnixSeconds = 2'208'988'800;  // 1900-01-01 to 1970-01-01
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr int kLargestScale = 63;
constexpr int kLargestMultiplier = 255;

using Packet = std::array<std::byte, kPacketSize>;

template <typename Unsigned>
void put(Packet& packet, std::size_t offset, Unsigned value) {
  for (std::size_t index = 0; index < sizeof value; ++index) {
    packet[offset + index] = static_cast<std::byte>(value >> (8 * (sizeof value - 1 - index)));
  }
}

template <typename Unsigned>
Unsigned get(const Packet& packet, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t index = 0; index < sizeof(Unsigned); ++index) {
    value = value << 8 | std::to_integer<std::uint64_t>(packet[offset + index]);
  }
  return static_cast<Unsigned>(value);
}

std::uint16_t bits_of(const ErrorEstimate& error) {
  return static_cast<std::uint16_t>((error.synchronised ? 0x8000U : 0U) |
                                    (error.ptp_format ? 0x4000U : 0U) | (error.scale & 0x3fU) << 8 |
                                    error.multiplier);
}

ErrorEstimate estimate_of(std::uint16_t bits) {
  return {.synchronised = (bits & 0x8000U) != 0,
          .ptp_format = (bits & 0x4000U) != 0,
          .scale = static_cast<std::uint8_t>(bits >> 8 & 0x3f),
          .multiplier = static_cast<std::uint8_t>(bits & 0xff)};
}

Packet padded(std::span<const std::byte> bytes) {
  Packet packet{};
  std::ranges::copy(bytes.first(std::min(bytes.size(), packet.size())), packet.begin());
  return packet;
}

void copy_out(const Packet& packet, std::span<std::byte> out) {
  std::ranges::copy(std::span(packet).first(std::min(out.size(), packet.size())), out.begin());
}

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

void encode(const SenderPacket& from, std::span<std::byte> out) {
  Packet packet{};
  put(packet, 0, from.sequence);
  put(packet, 4, from.sent.bits);
  put(packet, 12, bits_of(from.error));
  put(packet, 14, from.session);
  copy_out(packet, out);
}

void encode(const ReflectorPacket& from, std::span<std::byte> out) {
  Packet packet{};
  put(packet, 0, from.sequence);
  put(packet, 4, from.sent.bits);
  put(packet, 12, bits_of(from.error));
  put(packet, 14, from.session);
  put(packet, 16, from.received.bits);
  put(packet, 24, from.sender.sequence);
  put(packet, 28, from.sender.sent.bits);
  put(packet, 36, bits_of(from.sender.error));
  put(packet, 40, from.sender_ttl);
  copy_out(packet, out);
}

std::optional<SenderPacket> decode_sender(std::span<const std::byte> bytes) {
  if (bytes.size() < kSmallestRequest) return std::nullopt;
  const Packet packet = padded(bytes);
  return SenderPacket{.sequence = get<std::uint32_t>(packet, 0),
                      .sent = {get<std::uint64_t>(packet, 4)},
                      .error = estimate_of(get<std::uint16_t>(packet, 12)),
                      .session = get<std::uint16_t>(packet, 14)};
}

std::optional<ReflectorPacket> decode_reflector(std::span<const std::byte> bytes) {
  if (bytes.size() < kSmallestReply) return std::nullopt;
  const Packet packet = padded(bytes);
  return ReflectorPacket{.sequence = get<std::uint32_t>(packet, 0),
                         .sent = {get<std::uint64_t>(packet, 4)},
                         .error = estimate_of(get<std::uint16_t>(packet, 12)),
                         .session = get<std::uint16_t>(packet, 14),
                         .received = {get<std::uint64_t>(packet, 16)},
                         .sender = {.sequence = get<std::uint32_t>(packet, 24),
                                    .sent = {get<std::uint64_t>(packet, 28)},
                                    .error = estimate_of(get<std::uint16_t>(packet, 36)),
                                    .session = 0},
                         .sender_ttl = get<std::uint8_t>(packet, 40)};
}

}  // namespace caspilink::latency
