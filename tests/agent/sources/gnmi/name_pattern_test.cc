#include "agent/sources/name_pattern.h"

#include <gmock/gmock.h>

namespace caspilink::sources {
namespace {

std::optional<Place> match(const char* pattern, const char* name) {
  return NamePattern::parse(pattern).value().match(name);
}

TEST(NamePatternTest, ReadsThePlaceOutOfAName) {
  EXPECT_EQ(match("och-{fibre_pair}-{channel}", "och-FP03-48"), (Place{"FP03", 48, ""}));
  EXPECT_EQ(match("line-{fibre_pair}", "line-FP03"), (Place{"FP03", 0, ""}));
  EXPECT_EQ(match("{element}-{fibre_pair}", "booster-FP03"), (Place{"FP03", 0, "booster"}));
  EXPECT_EQ(match("{fibre_pair}_{channel}", "FP_03_7"), (Place{"FP_03", 7, ""}));
  EXPECT_EQ(match("1/{channel}/1", "1/12/1"), (Place{"", 12, ""}));
}

TEST(NamePatternTest, OtherNamesDoNotMatch) {
  for (const char* name : {"", "och-FP03", "och-FP03-", "och-FP03-x", "och-FP03-48-1",
                           "xoch-FP03-48", "och--48", "och-FP03-0", "och-FP03-99999999999"}) {
    EXPECT_EQ(match("och-{fibre_pair}-{channel}", name), std::nullopt) << name;
  }
}

TEST(NamePatternTest, WhatIsNoPatternIsRefused) {
  for (const auto& [text, why] : {std::pair{"", "empty"},
                                  {"och-{fibre", "without its '}'"},
                                  {"och-}", "without its '{'"},
                                  {"{fiber_pair}", "got {fiber_pair}"},
                                  {"{channel}-{channel}", "twice"},
                                  {"{element}{channel}", "nothing between"}}) {
    const auto pattern = NamePattern::parse(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_THAT(pattern.error().detail, testing::HasSubstr(why));
  }
}

TEST(NameRuleTest, ARuleServesTheScopeItsPartsMakeUp) {
  const NameRule line{NamePattern::parse("{element}-{fibre_pair}").value(), {}};
  EXPECT_TRUE(line.serves(codec::Scope::kAmplifier));
  EXPECT_FALSE(line.serves(codec::Scope::kLine));
  const NameRule fixed{NamePattern::parse("och-1-{channel}").value(), {.fibre_pair = "FP01"}};
  EXPECT_TRUE(fixed.serves(codec::Scope::kChannel));
  EXPECT_EQ(fixed.place(codec::Scope::kChannel, "och-1-5"), (Place{"FP01", 5, ""}));
  EXPECT_EQ(fixed.place(codec::Scope::kLine, "och-1-5"), std::nullopt);
}

}  // namespace
}  // namespace caspilink::sources
