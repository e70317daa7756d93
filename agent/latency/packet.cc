#include "agent/latency/packet.h"

#include <algorithm>
#include <array>

#include "agent/latency/bytes.h"

namespace caspilink::latency {
namespace {

// Where a mode has its fields.
struct Layout {
  std::size_t size;
  std::size_t sent;
  std::size_t error;
  std::size_t session;
  std::size_t received;
  std::size_t sender_sequence;
  std::size_t sender_sent;
  std::size_t sender_error;
  std::size_t sender_ttl;
};
constexpr Layout kOpen{kPacketSize, 4, 12, 14, 16, 24, 28, 36, 40};
constexpr Layout kAuthenticated{kAuthenticatedSize, 16, 24, 26, 32, 48, 64, 72, 80};
constexpr std::size_t kSigned = 96;  // bytes the HMAC covers

using Packet = std::array<std::byte, kAuthenticatedSize>;

Packet lay_out(const SenderPacket& from, const Layout& at) {
  Packet packet{};
  put(packet, 0, from.sequence);
  put(packet, at.sent, from.sent.bits);
  put(packet, at.error, from.error.bits());
  put(packet, at.session, from.session);
  return packet;
}

Packet lay_out(const ReflectorPacket& from, const Layout& at) {
  Packet packet = lay_out(SenderPacket{.sequence = from.sequence,
                                       .sent = from.sent,
                                       .error = from.error,
                                       .session = from.session},
                          at);
  put(packet, at.received, from.received.bits);
  put(packet, at.sender_sequence, from.sender.sequence);
  put(packet, at.sender_sent, from.sender.sent.bits);
  put(packet, at.sender_error, from.sender.error.bits());
  put(packet, at.sender_ttl, from.sender_ttl);
  return packet;
}

SenderPacket read_sender(const Packet& packet, const Layout& at) {
  return {.sequence = get<std::uint32_t>(packet, 0),
          .sent = {get<std::uint64_t>(packet, at.sent)},
          .error = ErrorEstimate::from_bits(get<std::uint16_t>(packet, at.error)),
          .session = get<std::uint16_t>(packet, at.session)};
}

ReflectorPacket read_reflector(const Packet& packet, const Layout& at) {
  const SenderPacket own = read_sender(packet, at);
  return {.sequence = own.sequence,
          .sent = own.sent,
          .error = own.error,
          .session = own.session,
          .received = {get<std::uint64_t>(packet, at.received)},
          .sender = {.sequence = get<std::uint32_t>(packet, at.sender_sequence),
                     .sent = {get<std::uint64_t>(packet, at.sender_sent)},
                     .error = ErrorEstimate::from_bits(get<std::uint16_t>(packet, at.sender_error)),
                     .session = 0},
          .sender_ttl = get<std::uint8_t>(packet, at.sender_ttl)};
}

Packet padded(std::span<const std::byte> bytes, std::size_t size) {
  Packet packet{};
  std::ranges::copy(bytes.first(std::min(bytes.size(), size)), packet.begin());
  return packet;
}

void copy_out(const Packet& packet, std::size_t size, std::span<std::byte> out) {
  std::ranges::copy(std::span(packet).first(std::min(out.size(), size)), out.begin());
}

void sign(Packet& packet, const Key& key) {
  const Digest digest = key.digest({std::span(packet).first(kSigned)});
  std::ranges::copy(digest, packet.begin() + kSigned);
}

}  // namespace

void encode(const SenderPacket& from, std::span<std::byte> out) {
  copy_out(lay_out(from, kOpen), kOpen.size, out);
}

void encode(const ReflectorPacket& from, std::span<std::byte> out) {
  copy_out(lay_out(from, kOpen), kOpen.size, out);
}

std::optional<SenderPacket> decode_sender(std::span<const std::byte> bytes) {
  if (bytes.size() < kSmallestRequest) return std::nullopt;
  return read_sender(padded(bytes, kOpen.size), kOpen);
}

std::optional<ReflectorPacket> decode_reflector(std::span<const std::byte> bytes) {
  if (bytes.size() < kSmallestReply) return std::nullopt;
  return read_reflector(padded(bytes, kOpen.size), kOpen);
}

void encode(const SenderPacket& from, const Key& key, std::span<std::byte> out) {
  Packet packet = lay_out(from, kAuthenticated);
  sign(packet, key);
  copy_out(packet, kAuthenticatedSize, out);
}

void encode(const ReflectorPacket& from, const Key& key, std::span<std::byte> out) {
  Packet packet = lay_out(from, kAuthenticated);
  sign(packet, key);
  copy_out(packet, kAuthenticatedSize, out);
}

std::optional<SenderPacket> decode_authenticated_sender(std::span<const std::byte> bytes) {
  if (bytes.size() < kAuthenticatedSize) return std::nullopt;
  return read_sender(padded(bytes, kAuthenticatedSize), kAuthenticated);
}

std::optional<ReflectorPacket> decode_authenticated_reflector(std::span<const std::byte> bytes) {
  if (bytes.size() < kAuthenticatedSize) return std::nullopt;
  return read_reflector(padded(bytes, kAuthenticatedSize), kAuthenticated);
}

bool is_authentic(std::span<const std::byte> bytes, const Key& key) {
  return bytes.size() >= kAuthenticatedSize &&
         Key::equal(key.digest({bytes.first(kSigned)}), bytes.subspan(kSigned, kDigestSize));
}

}  // namespace caspilink::latency
