#include "agent/latency/tlv.h"

#include <algorithm>
#include <array>

#include "agent/latency/bytes.h"

namespace caspilink::latency {
namespace {

constexpr std::size_t kHeader = 4;
constexpr std::size_t kFollowUpSize = 16;

// One TLV's place; the walk ends at the first that does not fit or has a length its type forbids.
struct Place {
  std::size_t offset = 0;
  std::uint8_t type = 0;
  std::size_t length = 0;
  bool malformed = false;

  [[nodiscard]] std::size_t value() const { return offset + kHeader; }
  [[nodiscard]] std::size_t end() const { return offset + kHeader + length; }
  [[nodiscard]] bool is(TlvType wanted) const { return type == static_cast<std::uint8_t>(wanted); }
};

bool length_fits(std::uint8_t type, std::size_t length) {
  switch (static_cast<TlvType>(type)) {
    case TlvType::kTimestampInformation:
    case TlvType::kClassOfService:
      return length == 4;
    case TlvType::kFollowUpTelemetry:
      return length == kFollowUpSize;
    case TlvType::kHmac:
      return length == kDigestSize;
    case TlvType::kExtraPadding:
      break;
  }
  return true;
}

std::vector<Place> walk(std::span<const std::byte> bytes) {
  std::vector<Place> places;
  for (std::size_t offset = 0; offset < bytes.size();) {
    Place place{.offset = offset};
    place.malformed = bytes.size() - offset < kHeader;
    if (!place.malformed) {
      place.type = get<std::uint8_t>(bytes, offset + 1);
      place.length = get<std::uint16_t>(bytes, offset + 2);
      place.malformed = place.end() > bytes.size() || !length_fits(place.type, place.length);
    }
    places.push_back(place);
    if (place.malformed) break;
    offset = place.end();
  }
  return places;
}

bool any_malformed(const std::vector<Place>& places) {
  return !places.empty() && places.back().malformed;
}

std::array<std::byte, 4> bytes_of(std::uint32_t sequence) {
  std::array<std::byte, 4> bytes{};
  put(bytes, 0, sequence);
  return bytes;
}

auto find_hmac(const std::vector<Place>& places) {
  return std::ranges::find_if(
      places, [](const Place& place) { return !place.malformed && place.is(TlvType::kHmac); });
}

// Clause 4.8: whether the TLVs are as their HMAC says. Without one it depends on whether it must be
// there, which padding alone need not have.
bool intact(std::span<const std::byte> bytes, const std::vector<Place>& places, const Key* key,
            std::uint32_t sequence, bool required) {
  const auto hmac = find_hmac(places);
  if (hmac == places.end()) {
    const bool only_padding =
        places.size() == 1 && !places[0].malformed && places[0].is(TlvType::kExtraPadding);
    return !required || places.empty() || only_padding;
  }
  const bool last = std::all_of(hmac + 1, places.end(), [](const Place& place) {
    return place.malformed || place.is(TlvType::kExtraPadding);
  });
  return key != nullptr && last &&
         Key::equal(key->digest({bytes_of(sequence), bytes.first(hmac->offset)}),
                    bytes.subspan(hmac->value(), kDigestSize));
}

void sign(std::span<std::byte> bytes, std::size_t hmac_offset, const Key& key,
          std::uint32_t sequence) {
  const Digest digest = key.digest({bytes_of(sequence), bytes.first(hmac_offset)});
  std::ranges::copy(digest, bytes.begin() + static_cast<std::ptrdiff_t>(hmac_offset + kHeader));
}

std::uint16_t cos_bits(const ClassOfService& from) {
  return static_cast<std::uint16_t>((from.wanted_dscp & 0x3fU) << 10 |
                                    (from.received_dscp & 0x3fU) << 4 |
                                    (from.received_ecn & 3U) << 2 | (from.policy & 3U));
}

ClassOfService cos_of(std::uint16_t bits) {
  return {.wanted_dscp = static_cast<std::uint8_t>(bits >> 10),
          .received_dscp = static_cast<std::uint8_t>(bits >> 4 & 0x3f),
          .received_ecn = static_cast<std::uint8_t>(bits >> 2 & 3),
          .policy = static_cast<std::uint8_t>(bits & 3)};
}

void put_follow_up(std::span<std::byte> bytes, std::size_t at, const FollowUp& from) {
  put(bytes, at, from.sequence);
  put(bytes, at + 4, from.sent.bits);
  put(bytes, at + 12, static_cast<std::uint32_t>(from.method) << 24);
}

// Fills one TLV in; false where its type is not known here.
bool answer(std::span<std::byte> bytes, const Place& place, const Reflected& values,
            TlvOutcome& outcome) {
  switch (static_cast<TlvType>(place.type)) {
    case TlvType::kExtraPadding:
    case TlvType::kHmac:
      return true;
    case TlvType::kTimestampInformation:
      put(bytes, place.value(), values.stamps.sync_in);
      put(bytes, place.value() + 1, values.stamps.method_in);
      put(bytes, place.value() + 2, values.stamps.sync_out);
      put(bytes, place.value() + 3, values.stamps.method_out);
      return true;
    case TlvType::kClassOfService: {
      ClassOfService service = cos_of(get<std::uint16_t>(bytes, place.value()));
      service.received_dscp = values.received_dscp;
      service.received_ecn = values.received_ecn;
      service.policy = values.may_set_dscp ? 0 : 1;
      if (values.may_set_dscp) outcome.reply_dscp = service.wanted_dscp;
      put(bytes, place.value(), cos_bits(service));
      return true;
    }
    case TlvType::kFollowUpTelemetry:
      put_follow_up(bytes, place.value(), values.follow_up);
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::byte> make_tlvs(const RequestedTlvs& wanted, const Key* key,
                                 std::uint32_t sequence) {
  std::vector<std::byte> bytes;
  const auto add = [&](TlvType type, std::size_t length) {
    const std::size_t at = bytes.size();
    bytes.resize(at + kHeader + length);
    put(bytes, at, kUnrecognised);
    put(bytes, at + 1, static_cast<std::uint8_t>(type));
    put(bytes, at + 2, static_cast<std::uint16_t>(length));
    return at;
  };
  if (wanted.timestamp_information) add(TlvType::kTimestampInformation, 4);
  if (wanted.reply_dscp) {
    const std::size_t at = add(TlvType::kClassOfService, 4);
    put(bytes, at + kHeader, cos_bits({.wanted_dscp = *wanted.reply_dscp}));
  }
  if (wanted.follow_up) add(TlvType::kFollowUpTelemetry, kFollowUpSize);
  if (key != nullptr && !bytes.empty()) {
    const std::size_t at = add(TlvType::kHmac, kDigestSize);
    sign(bytes, at, *key, sequence);
  }
  if (wanted.padding_bytes > 0) add(TlvType::kExtraPadding, wanted.padding_bytes);
  return bytes;
}

TlvOutcome answer_tlvs(std::span<std::byte> tlvs, const Reflected& values, bool required) {
  TlvOutcome outcome;
  const std::vector<Place> places = walk(tlvs);
  outcome.malformed = any_malformed(places);
  outcome.integrity_failed = !intact(tlvs, places, values.key, values.request_sequence, required);
  for (const Place& place : places) {
    std::uint8_t flags = 0;
    if (place.malformed) flags |= kMalformed;
    if (outcome.integrity_failed) {
      flags |= kIntegrity;
    } else if (!place.malformed && !answer(tlvs, place, values, outcome)) {
      flags |= kUnrecognised;
      ++outcome.unrecognised;
    }
    put(tlvs, place.offset, flags);
  }
  const auto hmac = find_hmac(places);
  if (!outcome.integrity_failed && hmac != places.end()) {
    sign(tlvs, hmac->offset, *values.key, values.reply_sequence);
  }
  return outcome;
}

ReplyTlvs read_tlvs(std::span<const std::byte> tlvs, const Key* key, std::uint32_t reply_sequence) {
  ReplyTlvs reply;
  const std::vector<Place> places = walk(tlvs);
  reply.malformed = any_malformed(places);
  const auto flags_of = [&](const Place& place) { return get<std::uint8_t>(tlvs, place.offset); };
  reply.integrity_failed =
      std::ranges::any_of(places,
                          [&](const Place& each) { return (flags_of(each) & kIntegrity) != 0; }) ||
      !intact(tlvs, places, key, reply_sequence, key != nullptr);
  if (reply.integrity_failed) return reply;
  for (const Place& place : places) {
    if (place.malformed || (flags_of(place) & kMalformed) != 0) {
      reply.malformed = true;
      break;
    }
    if ((flags_of(place) & kUnrecognised) != 0) {
      ++reply.unrecognised;
      continue;
    }
    const std::size_t at = place.value();
    if (place.is(TlvType::kTimestampInformation)) {
      reply.timestamp_information = {.sync_in = get<std::uint8_t>(tlvs, at),
                                     .method_in = get<std::uint8_t>(tlvs, at + 1),
                                     .sync_out = get<std::uint8_t>(tlvs, at + 2),
                                     .method_out = get<std::uint8_t>(tlvs, at + 3)};
    } else if (place.is(TlvType::kClassOfService)) {
      reply.class_of_service = cos_of(get<std::uint16_t>(tlvs, at));
    } else if (place.is(TlvType::kFollowUpTelemetry)) {
      reply.follow_up = {.sequence = get<std::uint32_t>(tlvs, at),
                         .sent = {get<std::uint64_t>(tlvs, at + 4)},
                         .method = static_cast<StampMethod>(get<std::uint8_t>(tlvs, at + 12))};
    }
  }
  return reply;
}

}  // namespace caspilink::latency
