#include "proto/codec/reload.h"

#include <gmock/gmock.h>

#include "proto/telemetry.pb.h"

namespace caspilink::codec {
namespace {

using Outcome = ReloadAnswer::Outcome;

TEST(ReloadAnswerTest, ComesBackAsItWas) {
  for (const Outcome outcome : {Outcome::kApplied, Outcome::kUnchanged, Outcome::kRefused}) {
    const ReloadAnswer answer{.request = 7,
                              .outcome = outcome,
                              .detail = "agent.yaml:3:1: unknown key",
                              .differences = {"batch.linger_ms: 10 -> 20"}};
    telemetry::v1::Reloaded wire;
    encode(answer, wire);
    const auto back = decode(wire);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, answer);
  }
}

TEST(ReloadAnswerTest, WhatIsTooLongIsCutBetweenCharactersAndWhatIsTooManyIsCounted) {
  const std::string whole(kLongestDifference - 4, 'x');
  ReloadAnswer answer{.outcome = Outcome::kApplied, .detail = whole};
  answer.detail.append("\u0259\u0259\u0259");
  answer.differences.assign(kMostDifferences + 10, "key: 1 -> 2");
  telemetry::v1::Reloaded wire;
  encode(answer, wire);
  const auto back = decode(wire);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->detail.substr(0, whole.size()), whole);
  EXPECT_EQ(back->detail.substr(whole.size()), "...");
  EXPECT_EQ(back->differences.size(), kMostDifferences);
  EXPECT_EQ(back->differences.back(), "and 11 more, see the agent's log");
}

TEST(ReloadAnswerTest, WhatIsNotUtf8DoesNotMakeTheMessageUnreadable) {
  ReloadAnswer answer{.outcome = Outcome::kApplied,
                      .detail = "agent.yaml:3:1: unknown key 'l\xf6schen'",
                      .differences = {"gnmi: \xff\xfe -> Bak\u0131"}};
  telemetry::v1::Reloaded wire;
  encode(answer, wire);
  telemetry::v1::Reloaded read;
  ASSERT_TRUE(read.ParseFromString(wire.SerializeAsString()));
  const auto back = decode(read);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->detail, "agent.yaml:3:1: unknown key 'l?schen'");
  EXPECT_EQ(back->differences.front(), "gnmi: ?? -> Bak\u0131");
}

TEST(ReloadAnswerTest, AnswersOutOfBoundsAreRefused) {
  telemetry::v1::Reloaded wire;
  EXPECT_FALSE(decode(wire)) << "no outcome";
  encode({.outcome = Outcome::kUnchanged}, wire);
  EXPECT_TRUE(decode(wire));
  wire.set_detail(std::string(kLongestDifference + 1, 'x'));
  EXPECT_FALSE(decode(wire));
  wire.clear_detail();
  for (std::size_t i = 0; i <= kMostDifferences; ++i) *wire.add_differences() = std::string(1, 'x');
  EXPECT_FALSE(decode(wire));
}

}  // namespace
}  // namespace caspilink::codec
