#include "agent/latency/reflector.h"

#include <array>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace caspilink::latency {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::vector<std::byte> request(std::uint32_t sequence, std::uint16_t session = 1,
                               std::size_t size = kPacketSize) {
  std::vector<std::byte> bytes(size);
  encode(SenderPacket{.sequence = sequence, .sent = {1}, .session = session}, bytes);
  return bytes;
}

TEST(ReflectorTest, AStatelessOneRepeatsTheRequestsNumber) {
  Reflector reflector({.stateful = false});
  EXPECT_EQ(reflector.receive(request(9), {"a", 1}, 0)->sequence, 9U);
  EXPECT_EQ(reflector.receive(request(42), {"a", 1}, 0)->sequence, 42U);
}

TEST(ReflectorTest, AStatefulOneCountsForEachSenderAndSession) {
  Reflector reflector({.stateful = true});
  EXPECT_EQ(reflector.receive(request(0), {"a", 1}, 0)->sequence, 0U);
  EXPECT_EQ(reflector.receive(request(2), {"a", 1}, 0)->sequence, 1U) << "1 was lost on its way";
  EXPECT_EQ(reflector.receive(request(5, 2), {"a", 1}, 0)->sequence, 0U);
  EXPECT_EQ(reflector.receive(request(5), {"a", 2}, 0)->sequence, 0U);
  EXPECT_EQ(reflector.receive(request(5), {"b", 1}, 0)->sequence, 0U);
  EXPECT_EQ(reflector.receive(request(3), {"a", 1}, 0)->sequence, 2U);
}

TEST(ReflectorTest, ASenderThatStartsAnewIsCountedAnew) {
  Reflector reflector({.stateful = true});
  (void)reflector.receive(request(0), {"a", 1}, 0);
  (void)reflector.receive(request(1), {"a", 1}, 0);
  EXPECT_EQ(reflector.receive(request(0), {"a", 1}, 0)->sequence, 0U);
  (void)reflector.receive(request(1), {"a", 1}, 0);
  EXPECT_EQ(reflector.receive(request(2), {"a", 1}, 31 * kSecond)->sequence, 0U);
}

TEST(ReflectorTest, SaysBackWhatTheSenderSaid) {
  Reflector reflector({});
  std::vector<std::byte> bytes(kPacketSize);
  const SenderPacket sent{.sequence = 4,
                          .sent = {1234},
                          .error = {.synchronised = true, .scale = 2, .multiplier = 3},
                          .session = 7};
  encode(sent, bytes);
  const auto reply = reflector.receive(bytes, {"a", 1}, 0);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->sender, sent);
  EXPECT_EQ(reply->session, 7U);
}

TEST(ReflectorTest, AReplyIsAsLongAsItsRequestAndKeepsWhatFollowsThePacket) {
  auto bytes = request(1, 1, 60);
  bytes[44] = std::byte{0x80};  // a TLV with its U flag
  bytes[59] = std::byte{0x77};
  Reflector::write_reply(ReflectorPacket{.sequence = 6}, bytes);
  EXPECT_EQ(bytes.size(), 60U);
  EXPECT_EQ(bytes[3], std::byte{6});
  EXPECT_EQ(bytes[44], std::byte{0x80});
  EXPECT_EQ(bytes[59], std::byte{0x77});
}

TEST(ReflectorTest, AnythingShorterThanARequestIsDroppedAndCounted) {
  Reflector reflector({});
  for (std::size_t size = 0; size < kSmallestRequest; ++size) {
    EXPECT_FALSE(reflector.receive(std::vector<std::byte>(size), {"a", 1}, 0));
  }
  EXPECT_TRUE(reflector.receive(std::vector<std::byte>(kSmallestRequest), {"a", 1}, 0));
  EXPECT_EQ(reflector.counts().malformed, kSmallestRequest);
  EXPECT_EQ(reflector.counts().reflected, 1U);
}

TEST(ReflectorTest, NoiseOfAnyLengthIsBorne) {
  Reflector reflector({.max_packets_per_second = 1e6});
  std::mt19937 random(5);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::byte> noise(random() % 300);
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
    auto reply = reflector.receive(noise, {"a", static_cast<std::uint16_t>(random())}, round);
    EXPECT_EQ(reply.has_value(), noise.size() >= kSmallestRequest);
    const std::size_t size = noise.size();
    if (reply) Reflector::write_reply(*reply, noise);
    EXPECT_EQ(noise.size(), size);
  }
}

TEST(ReflectorTest, OneAddressGetsNoMoreThanItsRate) {
  Reflector reflector({.max_packets_per_second = 100});
  int answered = 0;
  for (int packet = 0; packet < 10'000; ++packet) {  // 1000 a second for 10 s, from many ports
    const auto port = static_cast<std::uint16_t>(packet);
    const auto reply = reflector.receive(request(1), {"a", port}, packet * (kSecond / 1000));
    answered += reply.has_value() ? 1 : 0;
  }
  EXPECT_NEAR(answered, 1020, 5);
  EXPECT_EQ(reflector.counts().limited, 10'000U - static_cast<unsigned>(answered));
  EXPECT_TRUE(reflector.receive(request(1), {"b", 1}, 10 * kSecond)) << "others are not touched";
}

TEST(ReflectorTest, AFloodOfAddressesIsBounded) {
  Reflector reflector({.max_packets_per_second = 10, .max_peers = 100});
  int answered = 0;
  for (int peer = 0; peer < 10'000; ++peer) {
    answered += reflector.receive(request(1), {std::to_string(peer), 1}, 0) ? 1 : 0;
  }
  EXPECT_EQ(answered, 100);
  EXPECT_TRUE(reflector.receive(request(1), {"late", 1}, 60 * kSecond))
      << "room when they are gone";
}

}  // namespace
}  // namespace caspilink::latency
