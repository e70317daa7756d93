#include "agent/latency/reflector.h"

#include <utility>

namespace caspilink::latency {

Reflector::Reflector(Options options) : options_(std::move(options)), table_(options_.limits) {}

std::optional<SenderPacket> Reflector::admit(const Request& request) {
  const auto drop = [](std::uint64_t& count) {
    ++count;
    return std::nullopt;
  };
  ++counts_.received;
  if (!allowed(options_.allow, request.from.address)) return drop(counts_.refused);
  const std::size_t smallest = options_.key ? kAuthenticatedSize : kSmallestRequest;
  if (request.datagram.size() < smallest) return drop(counts_.malformed);
  if (!table_.admit(request.from, request.steady_ns)) return drop(counts_.limited);
  if (!options_.key) return decode_sender(request.datagram);
  if (!is_authentic(request.datagram, *options_.key)) return drop(counts_.unauthentic);
  return decode_authenticated_sender(request.datagram);
}

std::optional<Answer> Reflector::receive(const Request& request) {
  const auto asked = admit(request);
  if (!asked) return std::nullopt;
  ++counts_.reflected;

  const SessionKey key{.peer = request.from, .session = asked->session};
  Answer answer{.packet = {.sequence = asked->sequence,
                           .session = asked->session,
                           .sender = *asked,
                           .sender_ttl = request.ttl},
                .dscp = options_.dscp};
  FollowUp follow_up;
  if (options_.stateful) {
    ReflectedSession& session = table_.session(key, asked->sequence == 0, request.steady_ns);
    answer.packet.sequence = session.next++;
    follow_up = session.last;
    answer.follow_up = key;
  }
  const std::size_t base = options_.key ? kAuthenticatedSize : kPacketSize;
  if (request.datagram.size() <= base) return answer;
  const TlvOutcome outcome = answer_tlvs(request.datagram.subspan(base),
                                         {.request_sequence = asked->sequence,
                                          .reply_sequence = answer.packet.sequence,
                                          .stamps = request.stamps,
                                          .received_dscp = request.dscp,
                                          .received_ecn = request.ecn,
                                          .may_set_dscp = options_.may_set_dscp,
                                          .follow_up = follow_up,
                                          .key = options_.key ? &*options_.key : nullptr},
                                         options_.key.has_value());
  if (outcome.reply_dscp) answer.dscp = *outcome.reply_dscp;
  counts_.tlvs_unrecognised += outcome.unrecognised;
  counts_.tlvs_malformed += outcome.malformed ? 1 : 0;
  counts_.tlvs_integrity_failed += outcome.integrity_failed ? 1 : 0;
  return answer;
}

void Reflector::write(const ReflectorPacket& packet, std::span<std::byte> datagram) const {
  options_.key ? encode(packet, *options_.key, datagram) : encode(packet, datagram);
}

void Reflector::left(const SessionKey& session, const FollowUp& answer) {
  if (ReflectedSession* const known = table_.find(session)) known->last = answer;
}

}  // namespace caspilink::latency
