#include "collector/alarms/performance_rules.h"

#include <gmock/gmock.h>

namespace caspilink::alarms {
namespace {

performance::Crossing crossing() {
  return {.place = {.quantity = performance::kUnavailableSeconds,
                    .fibre_pair = "FP01",
                    .direction = "a-b",
                    .channel = 32},
          .threshold = {.quantity = performance::kUnavailableSeconds, .raise = 10},
          .value = 12};
}

TEST(PerformanceRulesTest, ACrossingIsAWarningThatNamesCountAndBin) {
  std::vector<Condition> conditions;
  threshold_conditions({crossing()}, conditions);
  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_EQ(conditions[0].key, (Key{.type = Type::kThresholdCrossed,
                                    .qualifier = "unavailable_seconds_15min",
                                    .fibre_pair = "FP01",
                                    .direction = plant::Direction::kAToB,
                                    .channel = 32}));
  EXPECT_EQ(conditions[0].state, State::kPresent);
  EXPECT_EQ(conditions[0].severity, Severity::kWarning);
  EXPECT_EQ(conditions[0].text, "unavailable_seconds reached 12 within 15 minutes (threshold 10)");
}

TEST(PerformanceRulesTest, ACutExplainsWhatItDidToTheCounts) {
  std::vector<Condition> conditions = {
      {.key = {.type = Type::kFibrePairCut, .fibre_pair = "FP01"}, .state = State::kPresent}};
  threshold_conditions({crossing()}, conditions);
  Engine engine(engine_settings({}));
  const auto events = engine.step(1, conditions);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].alarm->key.type, Type::kFibrePairCut);
  EXPECT_EQ(events[1].alarm->parent, events[0].alarm->id);
}

TEST(PerformanceRulesTest, BeforePerformanceHasSpokenItsAlarmsStand) {
  std::vector<Condition> conditions;
  threshold_conditions({crossing()}, conditions);
  Engine engine(engine_settings({}));
  ASSERT_EQ(engine.step(1, conditions).size(), 1U);
  std::vector<Condition> held;
  hold_thresholds(engine.standing(), held);
  EXPECT_TRUE(engine.step(2, held).empty());
  EXPECT_EQ(engine.step(3, {}).size(), 1U) << "not given: over";
}

}  // namespace
}  // namespace caspilink::alarms
