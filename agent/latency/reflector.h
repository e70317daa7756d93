// The answering side of STAMP: what to answer to whom. Knows no socket.
//
// It bears anything: what is no request, is not authentic, comes from where it may not or too often
// is dropped and counted. An answer is exactly as long as its request, so that nothing is
// amplified; bytes that are no TLVs go back as they came. No number of peers takes more memory than
// the table holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agent/latency/packet.h"
#include "agent/latency/peer_table.h"

namespace caspilink::latency {

// A datagram that came, and what the socket knows of it.
struct Request {
  std::span<std::byte> datagram;
  Peer from;
  std::uint8_t ttl = 0;
  std::uint8_t dscp = 0;
  std::uint8_t ecn = 0;
  std::int64_t steady_ns = 0;   // any clock that never steps
  TimestampInformation stamps;  // how T2 is and T3 will be taken
};

struct Answer {
  ReflectorPacket packet;  // all but the times and the error estimate, which the caller stamps
  std::uint8_t dscp = 0;
  std::optional<SessionKey> follow_up;  // whom to tell of the answer's leaving
};

class Reflector {
 public:
  struct Options {
    // Stateful: answers are numbered by a counter for each sender and session, which lets the
    // sender tell outbound from inbound loss. Stateless: they repeat the request's number.
    bool stateful = true;
    PeerTable::Limits limits;
    std::vector<Network> allow;  // empty: everyone
    std::optional<Key> key;      // authenticated mode: nothing else is answered
    bool may_set_dscp = true;    // answers with the DSCP that a class-of-service TLV wants
    std::uint8_t dscp = 0;       // of other answers
  };
  struct Counts {
    std::uint64_t received = 0;
    std::uint64_t reflected = 0;
    std::uint64_t malformed = 0;    // no request, by its size
    std::uint64_t limited = 0;      // over a peer's rate or the total, or one peer too many
    std::uint64_t refused = 0;      // not on the allow-list
    std::uint64_t unauthentic = 0;  // without the key's HMAC
    std::uint64_t tlvs_unrecognised = 0;
    std::uint64_t tlvs_malformed = 0;
    std::uint64_t tlvs_integrity_failed = 0;
  };

  explicit Reflector(Options options);

  // What to answer; the TLVs of the datagram are turned into the answer's in place. Nothing: stay
  // silent.
  [[nodiscard]] std::optional<Answer> receive(const Request& request);
  // Writes the base packet over the request's, once its times are stamped.
  void write(const ReflectorPacket& packet, std::span<std::byte> datagram) const;
  // When an answer really left.
  void left(const SessionKey& session, const FollowUp& answer);

  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const PeerTable& table() const { return table_; }

 private:
  std::optional<SenderPacket> admit(const Request& request);

  Options options_;
  Counts counts_;
  PeerTable table_;
};

}  // namespace caspilink::latency
