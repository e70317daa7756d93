#include "agent/latency/reflector.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "agent/latency/bytes.h"

namespace caspilink::latency {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Peer peer(std::uint8_t last, std::uint16_t port = 1) {
  Peer made{.port = port};
  made.address[10] = made.address[11] = 0xff;
  made.address[12] = 10;
  made.address[15] = last;
  return made;
}

Key key_of(unsigned char byte) { return Key(std::vector<std::byte>(32, std::byte{byte})); }

std::vector<std::byte> request(std::uint32_t sequence, std::uint16_t session = 1,
                               std::size_t size = kPacketSize) {
  std::vector<std::byte> bytes(size);
  encode(SenderPacket{.sequence = sequence, .sent = {1}, .session = session}, bytes);
  return bytes;
}

// A request with TLVs, authenticated where there is a key.
std::vector<std::byte> extended(std::uint32_t sequence, const RequestedTlvs& tlvs,
                                const Key* key = nullptr) {
  std::vector<std::byte> bytes(key != nullptr ? kAuthenticatedSize : kPacketSize);
  const SenderPacket packet{.sequence = sequence, .sent = {1}, .session = 1};
  key != nullptr ? encode(packet, *key, bytes) : encode(packet, bytes);
  const auto more = make_tlvs(tlvs, key, sequence);
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

std::optional<Answer> receive(Reflector& reflector, std::vector<std::byte> bytes, const Peer& from,
                              std::int64_t at = 0) {
  return reflector.receive({.datagram = bytes, .from = from, .steady_ns = at});
}

std::optional<std::uint32_t> number(Reflector& reflector, std::vector<std::byte> bytes,
                                    const Peer& from, std::int64_t at = 0) {
  const auto answer = receive(reflector, std::move(bytes), from, at);
  return answer ? std::optional(answer->packet.sequence) : std::nullopt;
}

TEST(ReflectorTest, AStatelessOneRepeatsTheRequestsNumber) {
  Reflector reflector({.stateful = false});
  EXPECT_EQ(number(reflector, request(9), peer(1)), 9U);
  EXPECT_EQ(number(reflector, request(42), peer(1)), 42U);
}

TEST(ReflectorTest, AStatefulOneCountsForEachSenderAndSession) {
  Reflector reflector({.stateful = true});
  EXPECT_EQ(number(reflector, request(0), peer(1)), 0U);
  EXPECT_EQ(number(reflector, request(2), peer(1)), 1U) << "1 was lost on its way";
  EXPECT_EQ(number(reflector, request(5, 2), peer(1)), 0U);
  EXPECT_EQ(number(reflector, request(5), peer(1, 2)), 0U);
  EXPECT_EQ(number(reflector, request(5), peer(2)), 0U);
  EXPECT_EQ(number(reflector, request(3), peer(1)), 2U);
}

TEST(ReflectorTest, ASenderThatStartsAnewIsCountedAnew) {
  Reflector reflector({.stateful = true});
  (void)number(reflector, request(0), peer(1));
  (void)number(reflector, request(1), peer(1));
  EXPECT_EQ(number(reflector, request(0), peer(1)), 0U);
  (void)number(reflector, request(1), peer(1));
  EXPECT_EQ(number(reflector, request(2), peer(1), 31 * kSecond), 0U);
}

TEST(ReflectorTest, SaysBackWhatTheSenderSaid) {
  Reflector reflector({});
  std::vector<std::byte> bytes(kPacketSize);
  const SenderPacket sent{.sequence = 4,
                          .sent = {1234},
                          .error = {.synchronised = true, .scale = 2, .multiplier = 3},
                          .session = 7};
  encode(sent, bytes);
  const auto answer =
      reflector.receive({.datagram = bytes, .from = peer(1), .ttl = 61, .steady_ns = 0});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->packet.sender, sent);
  EXPECT_EQ(answer->packet.session, 7U);
  EXPECT_EQ(answer->packet.sender_ttl, 61U);
}

TEST(ReflectorTest, AnythingShorterThanARequestIsDroppedAndCounted) {
  Reflector reflector({});
  for (std::size_t size = 0; size < kSmallestRequest; ++size) {
    EXPECT_FALSE(receive(reflector, std::vector<std::byte>(size), peer(1)));
  }
  EXPECT_TRUE(receive(reflector, std::vector<std::byte>(kSmallestRequest), peer(1)));
  EXPECT_EQ(reflector.counts().malformed, kSmallestRequest);
  EXPECT_EQ(reflector.counts().reflected, 1U);
}

TEST(ReflectorTest, AShortRequestGetsAsMuchOfAnAnswerAsItIsLong) {
  Reflector reflector({});
  std::vector<std::byte> bytes(kSmallestRequest + 3, std::byte{0xee});
  encode(SenderPacket{.sequence = 0}, std::span(bytes).first(kSmallestRequest));
  const auto answer = reflector.receive({.datagram = bytes, .from = peer(1)});
  ASSERT_TRUE(answer);
  reflector.write({.sequence = 6, .received = {0x0102030405060708}}, bytes);
  EXPECT_EQ(bytes[3], std::byte{6});
  EXPECT_EQ(bytes[16], std::byte{1});
}

TEST(ReflectorTest, NoiseOfAnyLengthIsBorneWithAndWithoutAKey) {
  for (const bool keyed : {false, true}) {
    Reflector reflector({.limits = {.packets_per_second = 1e6, .total_packets_per_second = 1e7},
                         .key = keyed ? std::optional(key_of(1)) : std::nullopt});
    std::mt19937 random(5);
    for (int round = 0; round < 5000; ++round) {
      std::vector<std::byte> noise(random() % 300);
      for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
      const std::size_t size = noise.size();
      const auto answer = reflector.receive({.datagram = noise,
                                             .from = peer(1, static_cast<std::uint16_t>(random())),
                                             .steady_ns = round * 1000});
      EXPECT_EQ(answer.has_value(), !keyed && size >= kSmallestRequest);
      if (answer) reflector.write(answer->packet, noise);
      EXPECT_EQ(noise.size(), size);
    }
    EXPECT_LE(reflector.table().sessions(), 64U) << "one address, whatever it sends";
  }
}

TEST(ReflectorTest, OneAddressGetsNoMoreThanItsRate) {
  Reflector reflector({.limits = {.packets_per_second = 100}});
  int answered = 0;
  for (int packet = 0; packet < 10'000; ++packet) {  // 1000 a second for 10 s, from many ports
    const auto port = static_cast<std::uint16_t>(packet);
    answered += receive(reflector, request(1), peer(1, port), packet * (kSecond / 1000)) ? 1 : 0;
  }
  EXPECT_NEAR(answered, 1020, 5);
  EXPECT_EQ(reflector.counts().limited, 10'000U - static_cast<unsigned>(answered));
  EXPECT_TRUE(receive(reflector, request(1), peer(2), 10 * kSecond)) << "others are not touched";
}

TEST(ReflectorTest, AllTogetherGetNoMoreThanTheTotal) {
  Reflector reflector({.limits = {.total_packets_per_second = 50}});
  int answered = 0;
  for (int packet = 0; packet < 2000; ++packet) {  // 1000 a second from 200 addresses
    answered += receive(reflector, request(1), peer(static_cast<std::uint8_t>(packet % 200)),
                        packet * (kSecond / 1000))
                    ? 1
                    : 0;
  }
  EXPECT_NEAR(answered, 110, 2);
}

TEST(ReflectorTest, AFloodOfAddressesIsBoundedAndGivesWay) {
  Reflector reflector({.limits = {.packets_per_second = 10, .peers = 100}});
  int answered = 0;
  for (unsigned last = 0; last < 10'000; ++last) {
    Peer from = peer(static_cast<std::uint8_t>(last));
    from.address[14] = static_cast<std::uint8_t>(last >> 8);
    answered += receive(reflector, request(1), from) ? 1 : 0;
  }
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(reflector.table().peers(), 100U);
  Peer late = peer(1);
  late.address[13] = 9;
  EXPECT_TRUE(receive(reflector, request(1), late, 60 * kSecond)) << "room when they are gone";
}

TEST(ReflectorTest, AllAddressesOfAnIpv6NetworkOf64BitsShareOneRate) {
  Reflector reflector({.limits = {.packets_per_second = 10}});
  int answered = 0;
  for (unsigned last = 0; last < 100; ++last) {
    Peer from{.port = 1};
    from.address[0] = 0x20;
    from.address[15] = static_cast<std::uint8_t>(last);
    answered += receive(reflector, request(1), from) ? 1 : 0;
  }
  EXPECT_EQ(answered, 2);
}

TEST(ReflectorTest, OnlyListedNetworksAreAnswered) {
  Reflector reflector({.allow = {*Network::parse("10.0.0.4/30")}});
  EXPECT_FALSE(receive(reflector, request(1), peer(3)));
  EXPECT_TRUE(receive(reflector, request(1), peer(4)));
  EXPECT_TRUE(receive(reflector, request(1), peer(7)));
  EXPECT_FALSE(receive(reflector, request(1), peer(8)));
  EXPECT_EQ(reflector.counts().refused, 2U);
}

TEST(ReflectorTest, WithAKeyOnlyAuthenticRequestsAreAnsweredAndAnswersAre) {
  const Key key = key_of(1);
  Reflector reflector({.key = key});
  EXPECT_FALSE(receive(reflector, request(1), peer(1))) << "not authenticated";
  EXPECT_FALSE(receive(reflector, request(1, 1, 112), peer(1)));
  const Key other = key_of(2);
  EXPECT_FALSE(receive(reflector, extended(1, {}, &other), peer(1)));
  EXPECT_EQ(reflector.counts().malformed, 1U);
  EXPECT_EQ(reflector.counts().unauthentic, 2U);
  auto good = extended(3, {}, &key);
  const auto answer = reflector.receive({.datagram = good, .from = peer(1)});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->packet.sender.sequence, 3U);
  reflector.write(answer->packet, good);
  EXPECT_TRUE(is_authentic(good, key));
}

TEST(ReflectorTest, FollowsUpWithWhenItsLastAnswerLeft) {
  Reflector reflector({});
  auto first = extended(0, {.follow_up = true});
  auto answer = reflector.receive({.datagram = first, .from = peer(1)});
  ASSERT_TRUE(answer && answer->follow_up);
  EXPECT_EQ(read_tlvs(std::span(first).subspan(kPacketSize), nullptr, 0).follow_up, FollowUp{});
  const FollowUp left{.sequence = 0, .sent = {4711}, .method = StampMethod::kSoftware};
  reflector.left(*answer->follow_up, left);
  auto second = extended(1, {.follow_up = true});
  answer = reflector.receive({.datagram = second, .from = peer(1)});
  EXPECT_EQ(read_tlvs(std::span(second).subspan(kPacketSize), nullptr, 1).follow_up, left);
}

TEST(ReflectorTest, AStatelessOneFollowsUpWithNothing) {
  Reflector reflector({.stateful = false});
  auto bytes = extended(5, {.follow_up = true});
  const auto answer = reflector.receive({.datagram = bytes, .from = peer(1)});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->follow_up);
  EXPECT_EQ(read_tlvs(std::span(bytes).subspan(kPacketSize), nullptr, 5).follow_up, FollowUp{});
}

TEST(ReflectorTest, AnswersWithTheDscpThatIsWantedWherePolicyLets) {
  for (const bool may : {true, false}) {
    Reflector reflector({.may_set_dscp = may, .dscp = 8});
    auto bytes = extended(0, {.reply_dscp = 46});
    const auto answer =
        reflector.receive({.datagram = bytes, .from = peer(1), .dscp = 10, .ecn = 2});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->dscp, may ? 46 : 8);
    EXPECT_EQ(read_tlvs(std::span(bytes).subspan(kPacketSize), nullptr, 0).class_of_service,
              (ClassOfService{.wanted_dscp = 46,
                              .received_dscp = 10,
                              .received_ecn = 2,
                              .policy = static_cast<std::uint8_t>(may ? 0 : 1)}));
  }
}

}  // namespace
}  // namespace caspilink::latency
