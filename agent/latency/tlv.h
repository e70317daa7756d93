// Extensions of STAMP test packets: RFC 8972 clause 4. After the base packet come TLVs of flags (U
// 0x80 unrecognised, M 0x40 malformed, I 0x20 integrity failed), type, length (2) and value.
//
//   1 extra padding          any length
//   3 timestamp information  4: synchronisation source and method of T2, the same of T3
//   4 class of service       4: DSCP1 (6 bits), DSCP2 (6), ECN (2), RP (2), zero (16)
//   7 follow-up telemetry    16: sequence (4), time (8), method (1), zero (3)
//   8 HMAC                   16: over the base packet's sequence number and the TLVs before it;
//   only
//                            extra padding may follow
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agent/latency/hmac.h"
#include "agent/latency/timestamp.h"

namespace caspilink::latency {

inline constexpr std::uint8_t kUnrecognised = 0x80;
inline constexpr std::uint8_t kMalformed = 0x40;
inline constexpr std::uint8_t kIntegrity = 0x20;

enum class TlvType : std::uint8_t {
  kExtraPadding = 1,
  kTimestampInformation = 3,
  kClassOfService = 4,
  kFollowUpTelemetry = 7,
  kHmac = 8,
};

// RFC 8972 tables 8 and 10.
enum class StampMethod : std::uint8_t {
  kUnknown = 0,
  kHardware = 1,
  kSoftware = 2,      // near the wire: the kernel's stamps
  kControlPlane = 3,  // taken by this program
};
enum class SyncSource : std::uint8_t { kUnknown = 0, kNtp = 1, kPtp = 2, kFreeRunning = 5 };

struct TimestampInformation {
  std::uint8_t sync_in = 0;
  std::uint8_t method_in = 0;
  std::uint8_t sync_out = 0;
  std::uint8_t method_out = 0;
  friend bool operator==(const TimestampInformation&, const TimestampInformation&) = default;
};

struct ClassOfService {
  std::uint8_t wanted_dscp = 0;    // DSCP1: what the reply is to be sent with
  std::uint8_t received_dscp = 0;  // DSCP2: what the request came with
  std::uint8_t received_ecn = 0;
  std::uint8_t policy = 0;  // RP: 0 where the reply bears wanted_dscp, 1 where policy forbids
  friend bool operator==(const ClassOfService&, const ClassOfService&) = default;
};

// When the reflector's last answer of this session really left.
struct FollowUp {
  std::uint32_t sequence = 0;
  NtpTime sent;
  StampMethod method = StampMethod::kUnknown;  // kUnknown: nothing to say yet
  friend bool operator==(const FollowUp&, const FollowUp&) = default;
};

// What a sender asks for. Every TLV starts with U set, as clause 4 wants of senders.
struct RequestedTlvs {
  bool timestamp_information = false;
  std::optional<std::uint8_t> reply_dscp;  // class of service
  bool follow_up = false;
  std::size_t padding_bytes = 0;  // value of the extra padding; 0: none
};
// With a key the HMAC TLV stands before the padding, as it must in authenticated mode (and not
// where padding is all there is).
[[nodiscard]] std::vector<std::byte> make_tlvs(const RequestedTlvs& wanted, const Key* key,
                                               std::uint32_t sequence);

// What a reflector fills in.
struct Reflected {
  std::uint32_t request_sequence = 0;
  std::uint32_t reply_sequence = 0;
  TimestampInformation stamps;
  std::uint8_t received_dscp = 0;
  std::uint8_t received_ecn = 0;
  bool may_set_dscp = true;  // policy: whether replies may bear the sender's DSCP
  FollowUp follow_up;        // zero from a stateless reflector
  const Key* key = nullptr;
};
struct TlvOutcome {
  std::optional<std::uint8_t> reply_dscp;
  std::size_t unrecognised = 0;
  bool malformed = false;
  bool integrity_failed = false;
};
// Turns a request's TLVs into the reply's, in place and without changing their size. `required`: an
// HMAC TLV must be among them (authenticated mode).
TlvOutcome answer_tlvs(std::span<std::byte> tlvs, const Reflected& values, bool required);

// What came back to the sender.
struct ReplyTlvs {
  std::optional<TimestampInformation> timestamp_information;
  std::optional<ClassOfService> class_of_service;
  std::optional<FollowUp> follow_up;
  std::size_t unrecognised = 0;   // the reflector did not know them
  bool malformed = false;         // one is; what came before it counts
  bool integrity_failed = false;  // by the reflector's word or our own check; nothing counts
};
[[nodiscard]] ReplyTlvs read_tlvs(std::span<const std::byte> tlvs, const Key* key,
                                  std::uint32_t reply_sequence);

}  // namespace caspilink::latency
