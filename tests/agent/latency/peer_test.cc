#include "agent/latency/peer.h"

#include <gtest/gtest.h>

namespace caspilink::latency {
namespace {

AddressBytes v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

TEST(NetworkTest, HoldsTheAddressesOfItsPrefix) {
  const auto network = Network::parse("192.0.2.128/25");
  ASSERT_TRUE(network);
  EXPECT_TRUE(network->contains(v4(192, 0, 2, 128)));
  EXPECT_TRUE(network->contains(v4(192, 0, 2, 255)));
  EXPECT_FALSE(network->contains(v4(192, 0, 2, 127)));
  EXPECT_FALSE(network->contains({}));
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(v4(9, 9, 9, 9)));
  EXPECT_FALSE(Network::parse("0.0.0.0/0")->contains({0x20, 1})) << "IPv6 is another matter";
  EXPECT_TRUE(Network::parse("::1")->contains({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(Network::parse("2001:db8::/33")->contains({0x20, 1, 0x0d, 0xb8, 0x7f}));
  EXPECT_FALSE(Network::parse("2001:db8::/33")->contains({0x20, 1, 0x0d, 0xb8, 0x80}));
}

TEST(NetworkTest, WhatIsNoNetworkIsRefused) {
  for (const char* text : {"", "192.0.2.0/33", "192.0.2.1/24", "2001:db8::/129", "host/8",
                           "192.0.2.0/", "192.0.2.0/-1", "192.0.2/24", "192.0.2.0/24x"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(NetworkTest, NoListAllowsEveryone) {
  EXPECT_TRUE(allowed({}, v4(1, 2, 3, 4)));
  EXPECT_FALSE(allowed({*Network::parse("10.0.0.0/8")}, v4(1, 2, 3, 4)));
}

}  // namespace
}  // namespace caspilink::latency
