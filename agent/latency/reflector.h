// The answering side of STAMP: what to answer to whom. Knows no socket.
//
// It bears anything: what is no request is dropped and counted. An answer is never larger than its
// request; bytes over 44 go back as they came, which leaves the U flag set on TLVs, as RFC 8972
// clause 4 asks of a reflector that does not know them. Nobody gets more answers a second than the
// limit, and no number of peers more memory than the tables hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "agent/latency/packet.h"

namespace caspilink::latency {

struct Peer {
  std::string address;  // as bytes or text, only compared
  std::uint16_t port = 0;
};

class Reflector {
 public:
  struct Options {
    // Stateful: answers are numbered by a counter for each sender and session, which lets the
    // sender tell outbound from inbound loss. Stateless: they repeat the request's number.
    bool stateful = true;
    double max_packets_per_second = 1000;  // from one address
    std::size_t max_peers = 1024;
  };
  struct Counts {
    std::uint64_t received = 0;
    std::uint64_t reflected = 0;
    std::uint64_t malformed = 0;
    std::uint64_t limited = 0;  // over a peer's rate, or one peer too many
  };

  explicit Reflector(Options options) : options_(options) {}

  // What to answer to a datagram that came at `steady_ns` (any clock that never steps), but for the
  // times, which the caller stamps. Nothing: stay silent.
  [[nodiscard]] std::optional<ReflectorPacket> receive(std::span<const std::byte> datagram,
                                                       const Peer& from, std::int64_t steady_ns);

  // Writes the answer over the request in place; its size stays.
  static void write_reply(const ReflectorPacket& reply, std::span<std::byte> datagram) {
    encode(reply, datagram);
  }

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t refilled_ns = 0;
  };
  struct Session {
    std::uint32_t next = 0;
    std::int64_t heard_ns = 0;
  };
  using SessionKey = std::tuple<std::string, std::uint16_t, std::uint16_t>;

  bool within_rate(const std::string& address, std::int64_t steady_ns);
  std::uint32_t number(const SenderPacket& request, const Peer& from, std::int64_t steady_ns);

  Options options_;
  Counts counts_;
  std::map<std::string, Bucket> buckets_;
  std::map<SessionKey, Session> sessions_;
};

}  // namespace caspilink::latency
