#include "agent/latency/packet.h"

#include <algorithm>
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

Key key_of(std::uint8_t first) {
  std::vector<std::byte> bytes(32);
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    bytes[index] = static_cast<std::byte>(first + index);
  }
  return Key(std::move(bytes));
}

// The digests of these two were computed with Python's hmac module over bytes laid out by hand from
// RFC 8762's figures 4 and 7.
TEST(AuthenticatedPacketTest, ASenderPacketHasTheLayoutAndHmacOfTheRfc) {
  std::array<std::byte, kAuthenticatedSize> out;
  out.fill(std::byte{0xee});
  encode(SenderPacket{.sequence = 0x01020304,
                      .sent = {0x1112131415161718},
                      .error = {.synchronised = true, .scale = 3, .multiplier = 9},
                      .session = 0xabcd},
         key_of(0), out);
  std::vector<std::byte> expected(96);
  const auto lay = [&](std::size_t at, std::initializer_list<unsigned> values) {
    std::ranges::copy(bytes_of(values), expected.begin() + static_cast<std::ptrdiff_t>(at));
  };
  lay(0, {1, 2, 3, 4});
  lay(16, {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x83, 9, 0xab, 0xcd});
  const auto digest = bytes_of({0xab, 0x32, 0xfe, 0x4b, 0x4c, 0x2a, 0xdd, 0xeb, 0x16, 0xfa, 0x7a,
                                0x8f, 0x0c, 0x1f, 0xb5, 0xb4});
  expected.insert(expected.end(), digest.begin(), digest.end());
  EXPECT_EQ(std::vector(out.begin(), out.end()), expected);
}

TEST(AuthenticatedPacketTest, AReflectorPacketHasTheLayoutAndHmacOfTheRfc) {
  std::array<std::byte, kAuthenticatedSize> out;
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
      key_of(0), out);
  std::vector<std::byte> expected(96);
  const auto lay = [&](std::size_t at, std::initializer_list<unsigned> values) {
    std::ranges::copy(bytes_of(values), expected.begin() + static_cast<std::ptrdiff_t>(at));
  };
  lay(0, {1, 2, 3, 4});
  lay(16, {0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x41, 2, 5, 6});
  lay(32, {0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28});
  lay(48, {0x41, 0x42, 0x43, 0x44});
  lay(64, {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0xbf, 0xff});
  lay(80, {64});
  const auto digest = bytes_of({0x44, 0xd2, 0xc3, 0xf2, 0x3e, 0xa2, 0x90, 0x1a, 0xbb, 0xf0, 0xf1,
                                0xc4, 0xb7, 0x84, 0x53, 0xcd});
  expected.insert(expected.end(), digest.begin(), digest.end());
  EXPECT_EQ(std::vector(out.begin(), out.end()), expected);
}

TEST(AuthenticatedPacketTest, WhatIsEncodedIsAuthenticAndDecodesToTheSame) {
  const SenderPacket sender{.sequence = 7, .sent = {77}, .error = {.scale = 1}, .session = 3};
  std::array<std::byte, kAuthenticatedSize> bytes;
  encode(sender, key_of(0), bytes);
  EXPECT_TRUE(is_authentic(bytes, key_of(0)));
  EXPECT_EQ(decode_authenticated_sender(bytes), sender);
  ReflectorPacket reply{.sequence = 8, .sent = {99}, .received = {98}, .sender = sender};
  reply.sender.session = 0;
  encode(reply, key_of(0), bytes);
  EXPECT_TRUE(is_authentic(bytes, key_of(0)));
  EXPECT_EQ(decode_authenticated_reflector(bytes), reply);
}

TEST(AuthenticatedPacketTest, AnyOtherBitOrKeyOrSizeIsNotAuthentic) {
  std::array<std::byte, kAuthenticatedSize> bytes;
  encode(SenderPacket{.sequence = 7}, key_of(0), bytes);
  EXPECT_FALSE(is_authentic(bytes, key_of(1)));
  EXPECT_FALSE(is_authentic(std::span(bytes).first(111), key_of(0)));
  EXPECT_FALSE(decode_authenticated_sender(std::span(bytes).first(111)));
  EXPECT_FALSE(decode_authenticated_reflector(std::span(bytes).first(111)));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(is_authentic(bytes, key_of(0))) << bit;
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
  }
}

}  // namespace
}  // namespace caspilink::latency
