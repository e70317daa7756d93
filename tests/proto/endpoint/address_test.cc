#include "proto/endpoint/address.h"

#include <gtest/gtest.h>

namespace caspilink::endpoint {
namespace {

TEST(AddressTest, TakesNamesAndBothKindsOfLiteral) {
  EXPECT_EQ(parse_address("localhost:9400"), (Address{"localhost", 9400}));
  EXPECT_EQ(parse_address("127.0.0.1:0"), (Address{"127.0.0.1", 0}));
  EXPECT_EQ(parse_address("[::1]:65535"), (Address{"::1", 65535}));
}

TEST(AddressTest, TextReadsBackTheSame) {
  for (const char* text : {"127.0.0.1:9400", "[fe80::1]:862", "station-b:1"}) {
    EXPECT_EQ(parse_address(text)->text(), text);
  }
}

class BadAddressTest : public testing::TestWithParam<const char*> {};

TEST_P(BadAddressTest, IsRefusedAndQuoted) {
  const auto address = parse_address(GetParam());
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, ErrorCode::kInvalidInput);
  EXPECT_NE(address.error().detail.find(std::string("'") + GetParam() + "'"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Forms, BadAddressTest,
                         testing::Values("", ":", "host", "host:", ":80", "host:65536", "host:-1",
                                         "host:8o", "::1:80", "[]:80", "[::1]"));

}  // namespace
}  // namespace caspilink::endpoint
