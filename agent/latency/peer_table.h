// What a reflector remembers of its peers: how much each may still ask, and the sessions of
// stateful reflection. Bounded whatever comes: so many peers, so many sessions each, and what was
// idle for half a minute gives up its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "agent/latency/peer.h"
#include "agent/latency/tlv.h"

namespace caspilink::latency {

// Grants `rate` a second and a fifth of a second's worth at once.
class TokenBucket {
 public:
  TokenBucket(double rate, std::int64_t now_ns);
  [[nodiscard]] bool take(std::int64_t now_ns);

 private:
  double rate_;
  double tokens_;
  std::int64_t refilled_ns_;
};

struct SessionKey {
  Peer peer;
  std::uint16_t session = 0;  // SSID

  friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
};

struct ReflectedSession {
  std::uint32_t next = 0;
  std::int64_t heard_ns = 0;
  FollowUp last;  // the newest answer whose leaving is known
};

class PeerTable {
 public:
  struct Limits {
    double packets_per_second = 1000;  // from one address (IPv6: from one /64)
    double total_packets_per_second = 20'000;
    std::size_t peers = 1024;
    std::size_t sessions_per_peer = 64;
  };

  explicit PeerTable(Limits limits) : limits_(limits) {}

  // Whether one more packet of the peer may be answered.
  [[nodiscard]] bool admit(const Peer& peer, std::int64_t now_ns);
  // The session of an admitted peer: the known one, or a new one, in place of the peer's oldest
  // where it has too many. A session counts anew after half a minute, and where `first` says that
  // its sender began anew.
  [[nodiscard]] ReflectedSession& session(const SessionKey& key, bool first, std::int64_t now_ns);
  // A session that is still known.
  [[nodiscard]] ReflectedSession* find(const SessionKey& key);

  [[nodiscard]] std::size_t peers() const { return peers_.size(); }
  [[nodiscard]] std::size_t sessions() const;

 private:
  struct Known {
    TokenBucket bucket;
    std::int64_t heard_ns = 0;
    std::map<SessionKey, ReflectedSession> sessions;
  };

  Known* known(const Peer& peer, std::int64_t now_ns);

  Limits limits_;
  std::map<AddressBytes, Known> peers_;
  std::optional<TokenBucket> total_;
  std::int64_t swept_ns_ = 0;
};

}  // namespace caspilink::latency
