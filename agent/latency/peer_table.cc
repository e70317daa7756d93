#include "agent/latency/peer_table.h"

#include <algorithm>

namespace caspilink::latency {
namespace {

// A sender that was silent for so long starts anew (as TWAMP-Light peers do).
constexpr std::int64_t kIdleNs = 30'000'000'000;
// A full table is searched for idle peers no more often than this, whatever comes in.
constexpr std::int64_t kSweepEveryNs = 100'000'000;

// One sender can have all addresses of an IPv6 /64.
AddressBytes limited_as(const Peer& peer) {
  AddressBytes address = peer.address;
  const bool v4 = std::all_of(address.begin(), address.begin() + 10,
                              [](std::uint8_t byte) { return byte == 0; }) &&
                  address[10] == 0xff && address[11] == 0xff;
  if (!v4) std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
  return address;
}

double burst_of(double rate) { return std::max(1.0, rate / 5); }

}  // namespace

TokenBucket::TokenBucket(double rate, std::int64_t now_ns)
    : rate_(rate), tokens_(burst_of(rate)), refilled_ns_(now_ns) {}

bool TokenBucket::take(std::int64_t now_ns) {
  const double earned = static_cast<double>(now_ns - refilled_ns_) * 1e-9 * rate_;
  tokens_ = std::min(burst_of(rate_), tokens_ + earned);
  refilled_ns_ = now_ns;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

PeerTable::Known* PeerTable::known(const Peer& peer, std::int64_t now_ns) {
  const AddressBytes address = limited_as(peer);
  if (const auto found = peers_.find(address); found != peers_.end()) return &found->second;
  if (peers_.size() >= limits_.peers) {
    if (now_ns - swept_ns_ < kSweepEveryNs) return nullptr;
    swept_ns_ = now_ns;
    std::erase_if(peers_,
                  [&](const auto& entry) { return now_ns - entry.second.heard_ns > kIdleNs; });
    if (peers_.size() >= limits_.peers) return nullptr;
  }
  return &peers_
              .emplace(address,
                       Known{.bucket = {limits_.packets_per_second, now_ns}, .heard_ns = now_ns})
              .first->second;
}

bool PeerTable::admit(const Peer& peer, std::int64_t now_ns) {
  Known* const found = known(peer, now_ns);
  if (found == nullptr || !found->bucket.take(now_ns)) return false;
  if (!total_) total_.emplace(limits_.total_packets_per_second, now_ns);
  if (!total_->take(now_ns)) return false;
  found->heard_ns = now_ns;
  return true;
}

ReflectedSession& PeerTable::session(const SessionKey& key, bool first, std::int64_t now_ns) {
  auto& sessions = peers_.at(limited_as(key.peer)).sessions;
  auto found = sessions.find(key);
  if (found == sessions.end()) {
    if (sessions.size() >= limits_.sessions_per_peer) {
      sessions.erase(std::ranges::min_element(
          sessions, {}, [](const auto& entry) { return entry.second.heard_ns; }));
    }
    found = sessions.emplace(key, ReflectedSession{.heard_ns = now_ns}).first;
  }
  ReflectedSession& session = found->second;
  if (first || now_ns - session.heard_ns > kIdleNs) session = {};
  session.heard_ns = now_ns;
  return session;
}

ReflectedSession* PeerTable::find(const SessionKey& key) {
  const auto peer = peers_.find(limited_as(key.peer));
  if (peer == peers_.end()) return nullptr;
  const auto found = peer->second.sessions.find(key);
  return found == peer->second.sessions.end() ? nullptr : &found->second;
}

std::size_t PeerTable::sessions() const {
  std::size_t count = 0;
  for (const auto& [address, known] : peers_) count += known.sessions.size();
  return count;
}

}  // namespace caspilink::latency
