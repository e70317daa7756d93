#include "agent/sources/snmp/oid.h"

#include <gtest/gtest.h>

namespace caspilink::snmp {
namespace {

TEST(OidTest, ReadsDigitsAndNothingElse) {
  EXPECT_EQ(parse_oid("1.3.6.1.2.1.1.3.0")->arcs,
            (std::vector<std::uint32_t>{1, 3, 6, 1, 2, 1, 1, 3, 0}));
  EXPECT_EQ(parse_oid(".1.3.4294967295")->text(), "1.3.4294967295");
  for (const char* bad : {"", ".", "1", "1.", "1..3", "1.3.x", "sysUpTime.0", "1.3.4294967296",
                          "1.40.1", "3.1.1", "-1.3", "1.3 "}) {
    EXPECT_FALSE(parse_oid(bad)) << bad;
  }
  std::string longest = "1";
  for (int arc = 1; arc < 128; ++arc) longest += ".1";
  EXPECT_TRUE(parse_oid(longest));
  EXPECT_FALSE(parse_oid(longest + ".1"));
}

TEST(OidTest, IsOrderedAsWalksAre) {
  const auto at = [](const char* text) { return parse_oid(text).value(); };
  EXPECT_LT(at("1.3.6.2"), at("1.3.6.10"));
  EXPECT_LT(at("1.3.6"), at("1.3.6.0"));
  EXPECT_EQ(at("1.3.6.2.7.1").below(at("1.3.6.2")), (Oid{{7, 1}}));
  EXPECT_EQ(at("1.3.6.2").below(at("1.3.6.2")), std::nullopt);
  EXPECT_EQ(at("1.3.6.20.1").below(at("1.3.6.2")), std::nullopt);
}

}  // namespace
}  // namespace caspilink::snmp
