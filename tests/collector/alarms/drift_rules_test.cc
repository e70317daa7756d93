#include "collector/alarms/drift_rules.h"

#include <gmock/gmock.h>

namespace caspilink::alarms {
namespace {

assess::Assessment with(std::vector<std::optional<Db>> margins, std::optional<Db> power) {
  assess::DirectionAssessment line{.fibre_pair = "FP01", .sender = "sumgait", .receiver = "aktau"};
  for (const auto& margin : margins) {
    line.channels.push_back({.number = static_cast<std::uint32_t>(line.channels.size() + 1),
                             .margin_from_month_ago = margin});
  }
  line.receive_power_from_month_ago = power;
  return {.directions = {line}};
}

std::vector<Condition> conditions_of(const assess::Assessment& assessment) {
  std::vector<Condition> out;
  drift_conditions(assessment, out);
  return out;
}

TEST(DriftRulesTest, TheWorstChannelAgainstAMonthAgoWarns) {
  const auto conditions = conditions_of(with({Db(0.1), Db(-0.45), std::nullopt}, Db(-0.1)));
  ASSERT_EQ(conditions.size(), 2U);
  EXPECT_EQ(conditions[0].state, State::kPresent);
  EXPECT_EQ(conditions[0].severity, Severity::kWarning);
  EXPECT_EQ(conditions[0].key, (Key{.type = Type::kBaselineDrift,
                                    .qualifier = "margin",
                                    .fibre_pair = "FP01",
                                    .direction = plant::Direction::kAToB}));
  EXPECT_EQ(conditions[0].text, "FP01 a-b: margin is 0.45 dB worse than a month ago");
  EXPECT_EQ(conditions[1].state, State::kAbsent);
}

TEST(DriftRulesTest, BetweenItsTwoLimitsItHoldsAndBetterIsNoDrift) {
  EXPECT_EQ(conditions_of(with({Db(-0.35)}, Db(0.8)))[0].state, State::kDeadBand);
  EXPECT_EQ(conditions_of(with({Db(-0.35)}, Db(0.8)))[1].state, State::kAbsent);
  EXPECT_EQ(conditions_of(with({Db(-0.3)}, {}))[0].state, State::kAbsent);
}

TEST(DriftRulesTest, WithoutAMonthOfHistoryItIsUnknown) {
  for (const Condition& condition : conditions_of(with({std::nullopt}, {}))) {
    EXPECT_EQ(condition.state, State::kUnknown);
  }
}

}  // namespace
}  // namespace caspilink::alarms
