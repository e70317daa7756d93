#include "agent/latency/tlv.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "agent/latency/bytes.h"

namespace caspilink::latency {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<unsigned> values) {
  Bytes bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Key& key() {
  static const Key made(Bytes(32, std::byte{1}));
  return made;
}

std::uint8_t flags_at(const Bytes& bytes, std::size_t offset) {
  return get<std::uint8_t>(bytes, offset);
}

TEST(TlvTest, ASenderAsksWithTheLayoutOfTheRfc) {
  EXPECT_EQ(
      make_tlvs(
          {.timestamp_information = true, .reply_dscp = 46, .follow_up = true, .padding_bytes = 2},
          nullptr, 0),
      bytes_of({0x80, 3, 0, 4,  0,       0, 0, 0,                                      //
                0x80, 4, 0, 4,  46 << 2, 0, 0, 0,                                      //
                0x80, 7, 0, 16, 0,       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  //
                0x80, 1, 0, 2,  0,       0}));
  EXPECT_TRUE(make_tlvs({}, nullptr, 0).empty());
}

TEST(TlvTest, AReflectorFillsInWhatItKnows) {
  auto bytes =
      make_tlvs({.timestamp_information = true, .reply_dscp = 46, .follow_up = true}, nullptr, 0);
  const TlvOutcome outcome =
      answer_tlvs(bytes,
                  {.stamps = {.sync_in = 1, .method_in = 2, .sync_out = 1, .method_out = 3},
                   .received_dscp = 10,
                   .received_ecn = 2,
                   .follow_up = {.sequence = 0x01020304,
                                 .sent = {0x1112131415161718},
                                 .method = StampMethod::kSoftware}},
                  false);
  EXPECT_EQ(bytes, bytes_of({0,
                             3,
                             0,
                             4,
                             1,
                             2,
                             1,
                             3,  //
                             0,
                             4,
                             0,
                             4,
                             46 << 2 | 10 >> 4,
                             (10 & 15) << 4 | 2 << 2,
                             0,
                             0,  //
                             0,
                             7,
                             0,
                             16,
                             1,
                             2,
                             3,
                             4,
                             0x11,
                             0x12,
                             0x13,
                             0x14,
                             0x15,
                             0x16,
                             0x17,
                             0x18,
                             2,
                             0,
                             0,
                             0}));
  EXPECT_EQ(outcome.reply_dscp, 46);
  EXPECT_EQ(outcome.unrecognised, 0U);
  EXPECT_FALSE(outcome.malformed || outcome.integrity_failed);
}

TEST(TlvTest, UnknownTypesAreFlaggedUAndWhatFollowsIsStillDone) {
  for (const unsigned type : {0U, 2U, 5U, 6U, 9U, 255U}) {
    auto bytes = bytes_of({0x80, type, 0, 1, 0x55, 0x80, 3, 0, 4, 0, 0, 0, 0});
    const auto outcome = answer_tlvs(bytes, {.stamps = {.sync_in = 1}}, false);
    EXPECT_EQ(outcome.unrecognised, 1U);
    EXPECT_EQ(bytes, bytes_of({0x80, type, 0, 1, 0x55, 0, 3, 0, 4, 1, 0, 0, 0})) << type;
  }
}

TEST(TlvTest, AMalformedOneIsFlaggedMAndEndsIt) {
  // A wrong length for its type; a length beyond the packet; no room for a header.
  const Bytes good = bytes_of({0x80, 3, 0, 4, 0, 0, 0, 0});
  const std::initializer_list<Bytes> malformed = {
      bytes_of({0x80, 3, 0, 5, 9, 9, 9, 9, 9}), bytes_of({0x80, 4, 0, 0}),
      bytes_of({0x80, 7, 0, 15}) + Bytes(15),   bytes_of({0x80, 8, 0, 15}) + Bytes(15),
      bytes_of({0x80, 1, 0xff, 0xff, 0}),       bytes_of({0x80, 1, 0})};
  for (const Bytes& bad : malformed) {
    const bool header_alone = bad.size() < 4;
    auto bytes = good + bad + (header_alone ? Bytes() : good);
    const auto outcome = answer_tlvs(bytes, {.stamps = {.sync_in = 1}}, false);
    EXPECT_TRUE(outcome.malformed);
    EXPECT_EQ(flags_at(bytes, 0), 0);
    EXPECT_EQ(bytes[4], std::byte{1}) << "what came before is done";
    EXPECT_EQ(flags_at(bytes, 8), kMalformed);
    auto rest = bytes;
    rest[8] = std::byte{0x80};
    rest[0] = std::byte{0x80};
    rest[4] = std::byte{0};
    EXPECT_EQ(rest, good + bad + (header_alone ? Bytes() : good)) << "the rest goes as it came";
  }
}

TEST(TlvTest, WithItsHmacRightTheAnswerIsSignedAnew) {
  auto bytes = make_tlvs({.timestamp_information = true, .padding_bytes = 8}, &key(), 7);
  const auto outcome = answer_tlvs(
      bytes, {.request_sequence = 7, .reply_sequence = 3, .stamps = {.sync_in = 1}, .key = &key()},
      true);
  EXPECT_FALSE(outcome.integrity_failed);
  const ReplyTlvs reply = read_tlvs(bytes, &key(), 3);
  EXPECT_FALSE(reply.integrity_failed);
  EXPECT_EQ(reply.timestamp_information, (TimestampInformation{.sync_in = 1}));
  EXPECT_TRUE(read_tlvs(bytes, &key(), 4).integrity_failed) << "another packet's";
}

TEST(TlvTest, TheHmacIsOverSequenceAndTlvsBefore) {
  const auto bytes = make_tlvs({.timestamp_information = true}, &key(), 0x01020304);
  const Digest expected = key().digest({bytes_of({1, 2, 3, 4, 0x80, 3, 0, 4, 0, 0, 0, 0})});
  ASSERT_EQ(bytes.size(), 8 + 4 + kDigestSize);
  EXPECT_TRUE(std::ranges::equal(std::span(bytes).subspan(12), expected));
}

void expect_all_flagged(Bytes bytes, std::uint32_t sequence, const Key* with, bool required) {
  const Bytes asked = bytes;
  const auto outcome = answer_tlvs(
      bytes, {.request_sequence = sequence, .stamps = {.sync_in = 9}, .key = with}, required);
  EXPECT_TRUE(outcome.integrity_failed);
  EXPECT_FALSE(outcome.reply_dscp);
  EXPECT_EQ(flags_at(bytes, 0) & kIntegrity, kIntegrity);
  auto same = bytes;
  for (std::size_t offset = 0; offset + 4 <= same.size();) {
    EXPECT_EQ(get<std::uint8_t>(same, offset) & kIntegrity, kIntegrity) << offset;
    same[offset] = asked[offset];
    offset += 4 + std::size_t{get<std::uint16_t>(same, offset + 2)};
  }
  EXPECT_EQ(same, asked) << "nothing is filled in";
  EXPECT_TRUE(read_tlvs(bytes, with, sequence).integrity_failed);
}

TEST(TlvTest, WithItsHmacWrongEveryOneIsFlaggedIAndNothingIsDone) {
  const RequestedTlvs wanted{.timestamp_information = true, .reply_dscp = 46};
  const auto good = make_tlvs(wanted, &key(), 7);
  expect_all_flagged(good, 8, &key(), true);
  auto turned = good;
  turned[20] ^= std::byte{1};
  expect_all_flagged(turned, 7, &key(), true);
  const Key other(Bytes(32, std::byte{2}));
  expect_all_flagged(good, 7, &other, true);
  expect_all_flagged(good, 7, nullptr, false);  // who cannot check it may not use it
  expect_all_flagged(make_tlvs(wanted, nullptr, 7), 7, &key(), true);  // not there
  // Only padding may follow it.
  expect_all_flagged(good + bytes_of({0x80, 3, 0, 4, 0, 0, 0, 0}), 7, &key(), true);
}

TEST(TlvTest, PaddingAloneNeedsNoHmac) {
  auto bytes = make_tlvs({.padding_bytes = 8}, &key(), 7);
  EXPECT_EQ(bytes.size(), 12U);
  EXPECT_FALSE(answer_tlvs(bytes, {.key = &key()}, true).integrity_failed);
  EXPECT_EQ(flags_at(bytes, 0), 0);
}

TEST(TlvTest, ASenderPassesOverWhatItsReflectorDidNotKnow) {
  // As it asked, so it came back: every U is still set.
  const auto bytes = make_tlvs({.timestamp_information = true, .follow_up = true}, nullptr, 0);
  const ReplyTlvs reply = read_tlvs(bytes, nullptr, 0);
  EXPECT_EQ(reply.unrecognised, 2U);
  EXPECT_FALSE(reply.timestamp_information || reply.follow_up);
  // Padding of a peer without TLVs.
  EXPECT_FALSE(read_tlvs(Bytes(40), nullptr, 0).follow_up);
}

TEST(TlvTest, ASenderStopsAtWhatItsReflectorCalledMalformed) {
  auto bytes = bytes_of({0x40, 3, 0, 4, 1, 2, 1, 3, 0, 3, 0, 4, 1, 2, 1, 3});
  const ReplyTlvs reply = read_tlvs(bytes, nullptr, 0);
  EXPECT_TRUE(reply.malformed);
  EXPECT_FALSE(reply.timestamp_information);
}

TEST(TlvTest, NoiseIsBorneAndKeepsItsSize) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    Bytes noise(random() % 64);
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random() % 20);
    const std::size_t size = noise.size();
    const Key* with = round % 2 == 0 ? &key() : nullptr;
    (void)answer_tlvs(noise, {.key = with}, round % 3 == 0);
    EXPECT_EQ(noise.size(), size);
    (void)read_tlvs(noise, with, 0);
  }
}

}  // namespace
}  // namespace caspilink::latency
