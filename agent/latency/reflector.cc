#include "agent/latency/reflector.h"

#include <algorithm>

namespace caspilink::latency {
namespace {

// A sender that was silent for so long starts anew (as TWAMP-Light peers do).
constexpr std::int64_t kSessionIdleNs = 30'000'000'000;

// Makes room in a full table by dropping what `idle` says is over.
template <typename Table, typename Idle>
bool has_room(Table& table, std::size_t most, Idle idle) {
  if (table.size() < most) return true;
  return std::erase_if(table, [&](const auto& entry) { return idle(entry.second); }) > 0;
}

}  // namespace

std::optional<ReflectorPacket> Reflector::receive(std::span<const std::byte> datagram,
                                                  const Peer& from, std::int64_t steady_ns) {
  ++counts_.received;
  if (!within_rate(from.address, steady_ns)) {
    ++counts_.limited;
    return std::nullopt;
  }
  const auto request = decode_sender(datagram);
  if (!request) {
    ++counts_.malformed;
    return std::nullopt;
  }
  ++counts_.reflected;
  ReflectorPacket reply{.session = request->session, .sender = *request};
  reply.sequence = options_.stateful ? number(*request, from, steady_ns) : request->sequence;
  return reply;
}

bool Reflector::within_rate(const std::string& address, std::int64_t steady_ns) {
  const double rate = options_.max_packets_per_second;
  const double burst = std::max(1.0, rate / 5);
  auto found = buckets_.find(address);
  if (found == buckets_.end()) {
    const auto full_again = [&](const Bucket& bucket) {
      return static_cast<double>(steady_ns - bucket.refilled_ns) * 1e-9 * rate >= burst;
    };
    if (!has_room(buckets_, options_.max_peers, full_again)) return false;
    found = buckets_.emplace(address, Bucket{.tokens = burst, .refilled_ns = steady_ns}).first;
  }
  Bucket& bucket = found->second;
  const double earned = static_cast<double>(steady_ns - bucket.refilled_ns) * 1e-9 * rate;
  bucket.tokens = std::min(burst, bucket.tokens + earned);
  bucket.refilled_ns = steady_ns;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

std::uint32_t Reflector::number(const SenderPacket& request, const Peer& from,
                                std::int64_t steady_ns) {
  const auto idle = [&](const Session& session) {
    return steady_ns - session.heard_ns > kSessionIdleNs;
  };
  const SessionKey key{from.address, from.port, request.session};
  auto found = sessions_.find(key);
  if (found == sessions_.end()) {
    // Without room for state, an answer as from a stateless reflector is better than none.
    if (!has_room(sessions_, options_.max_peers, idle)) return request.sequence;
    found = sessions_.emplace(key, Session{}).first;
  }
  Session& session = found->second;
  if (request.sequence == 0 || idle(session)) session.next = 0;
  session.heard_ns = steady_ns;
  return session.next++;
}

}  // namespace caspilink::latency
