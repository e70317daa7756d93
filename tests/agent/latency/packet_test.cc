#include "agent/latency/packet.h"

#include <array>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace caspilink::latency {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST(PacketTest, ASenderPacketHasTheLayoutOfTheRfc) {
  std::array<std::byte, kPacketSize> out;
  out.fill(std::byte{0xee});
  encode(SenderPacket{.sequence = 0x01020304,
                      .sent = {0x1112131415161718},
                      .error = {.synchronised = true, .scale = 3, .multiplier = 9},
                      .session = 0xabcd},
         out);
  auto expected =
      bytes_of({1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x83, 9, 0xab, 0xcd});
  expected.resize(kPacketSize);
  EXPECT_EQ(std::vector(out.begin(), out.end()), expected);
}

TEST(PacketTest, AReflectorPacketHasTheLayoutOfTheRfc) {
  std::array<std::byte, kPacketSize> out;
  out.fill(std::byte{0xee});
  encode(
      ReflectorPacket{.sequence = 0x01020304,
                      .sent = {0x3132333435363738},
                      .error = {.ptp_format = true, .scale = 1, .multiplier = 2},
                      .session = 0x0506,
                      .received = {0x2122232425262728},
                      .sender = {.sequence = 0x41424344,
                                 .sent = {0x1112131415161718},
                                 .error = {.synchronised = true, .scale = 63, .multiplier = 255}},
                      .sender_ttl = 64},
      out);
  EXPECT_EQ(std::vector(out.begin(), out.end()),
            bytes_of({1,    2,    3,    4,    0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
                      0x38, 0x41, 2,    5,    6,    0x21, 0x22, 0x23, 0x24, 0x25, 0x26,
                      0x27, 0x28, 0x41, 0x42, 0x43, 0x44, 0x11, 0x12, 0x13, 0x14, 0x15,
                      0x16, 0x17, 0x18, 0xbf, 0xff, 0,    0,    64,   0,    0,    0}));
}

TEST(PacketTest, WhatIsEncodedDecodesToTheSame) {
  const SenderPacket sender{.sequence = 7,
                            .sent = NtpTime::from_unix_ns(1'700'000'000'123'456'789),
                            .error = {.synchronised = true, .scale = 12, .multiplier = 200},
                            .session = 3};
  std::array<std::byte, kPacketSize> bytes;
  encode(sender, bytes);
  EXPECT_EQ(decode_sender(bytes), sender);
  ReflectorPacket reply{.sequence = 8,
                        .sent = {99},
                        .error = {.multiplier = 1},
                        .session = 3,
                        .received = {98},
                        .sender = sender,
                        .sender_ttl = 255};
  reply.sender.session = 0;
  encode(reply, bytes);
  EXPECT_EQ(decode_reflector(bytes), reply);
}

TEST(PacketTest, ShortPacketsOfTwampLightPeersAreRead) {
  std::array<std::byte, kPacketSize> bytes;
  encode(SenderPacket{.sequence = 5, .sent = {77}, .error = {.multiplier = 4}, .session = 9},
         bytes);
  const auto request = decode_sender(std::span(bytes).first(14));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->sent.bits, 77U);
  EXPECT_EQ(request->session, 0U);
  EXPECT_FALSE(decode_sender(std::span(bytes).first(13)));
  EXPECT_TRUE(decode_reflector(std::span(bytes).first(38)));
  EXPECT_FALSE(decode_reflector(std::span(bytes).first(37)));
  EXPECT_FALSE(decode_sender({}));
}

TEST(PacketTest, ABufferThatIsTooSmallIsFilledAsFarAsItGoes) {
  std::array<std::byte, 20> bytes;
  bytes.fill(std::byte{0xee});
  encode(ReflectorPacket{.sequence = 1}, std::span(bytes).first(14));
  EXPECT_EQ(bytes[3], std::byte{1});
  EXPECT_EQ(bytes[14], std::byte{0xee});
}

TEST(NtpTimeTest, CountsFrom1900) {
  EXPECT_EQ(NtpTime::from_unix_ns(0).bits, 2'208'988'800ULL << 32);
  EXPECT_EQ(NtpTime::from_unix_ns(500'000'000).bits, (2'208'988'800ULL << 32) + (1ULL << 31));
}

TEST(NtpTimeTest, DifferencesAreTrueToTheNanosecond) {
  std::mt19937_64 random(11);
  std::uniform_int_distribution<std::int64_t> time(0, 3'000'000'000'000'000'000);
  for (int round = 0; round < 10'000; ++round) {
    const std::int64_t a = time(random);
    const std::int64_t b =
        a + static_cast<std::int64_t>(random() % 200'000'000'000) - 100'000'000'000;
    ASSERT_EQ(NtpTime::difference_ns(NtpTime::from_unix_ns(a), NtpTime::from_unix_ns(b)), a - b);
  }
}

TEST(NtpTimeTest, DifferencesStayTrueOverTheWrapOf2036) {
  const std::int64_t wrap = (4'294'967'296 - 2'208'988'800) * 1'000'000'000;
  const auto before = NtpTime::from_unix_ns(wrap - 5'000'000);
  const auto after = NtpTime::from_unix_ns(wrap + 5'000'000);
  EXPECT_LT(after.bits, before.bits);
  EXPECT_EQ(NtpTime::difference_ns(after, before), 10'000'000);
  EXPECT_EQ(NtpTime::difference_ns(before, after), -10'000'000);
}

TEST(ErrorEstimateTest, IsNeverUnderTheErrorAndNeverOverItByMuch) {
  for (const double seconds : {1e-9, 1e-6, 20e-6, 0.001, 0.5, 1.0, 16.0, 3600.0}) {
    const auto estimate = ErrorEstimate::from_seconds(seconds, true);
    EXPECT_GE(estimate.seconds(), seconds);
    EXPECT_LE(estimate.seconds(), seconds * 1.02 + 0x1p-32) << seconds;
    EXPECT_NE(estimate.multiplier, 0);
  }
}

TEST(ErrorEstimateTest, TheMultiplierIsNeverZero) {
  EXPECT_EQ(ErrorEstimate::from_seconds(0, true).multiplier, 1);
  EXPECT_EQ(ErrorEstimate::from_seconds(-1, false).multiplier, 1);
  EXPECT_EQ(ErrorEstimate::from_seconds(1e30, false).multiplier, 255);
}

}  // namespace
}  // namespace caspilink::latency
