// What the NOC would conclude from both ends' readings.
#include "collector/alarms/rules.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>

namespace caspilink::alarms {
namespace {

using assess::Assessment;
using assess::ChannelAssessment;
using assess::DirectionAssessment;
using codec::Quantity;

// One fibre pair, one direction, two lit channels.
class RulesTest : public testing::Test {
 protected:
  RulesTest() {
    DirectionAssessment line{.fibre_pair = "FP01", .sender = "sumgait", .receiver = "aktau"};
    line.channels = {{.number = 1}, {.number = 2}};
    assessment_.directions.push_back(line);
    assessment_.paths.push_back({.station = "sumgait",
                                 .fibre_pair = "FP01",
                                 .peer = "aktau",
                                 .expected = Seconds(3.72e-3)});
    assessment_.stations.push_back({.station = "aktau"});
  }
  DirectionAssessment& line() { return assessment_.directions[0]; }
  ChannelAssessment& channel(std::size_t index) { return line().channels[index]; }
  void light(std::optional<bool> port, std::optional<bool> first, std::optional<bool> second) {
    const auto dark = [](std::optional<bool> on) { return on ? std::optional(!*on) : on; };
    line().no_light = dark(port);
    channel(0).no_light = dark(first);
    channel(1).no_light = dark(second);
  }

  Condition condition(Type type, std::uint32_t number = 0) {
    for (const Condition& found : conditions_of(assessment_, thresholds_)) {
      if (found.key.type == type && found.key.channel == number) return found;
    }
    ADD_FAILURE() << "no condition of type " << to_string(type);
    return {};
  }
  State state(Type type, std::uint32_t number = 0) { return condition(type, number).state; }

  Assessment assessment_;
  plant::AlarmThresholds thresholds_;
};

constexpr std::optional<bool> kMissing;

TEST_F(RulesTest, DarkEverywhereIsACut) {
  light(false, false, false);
  EXPECT_EQ(state(Type::kLineCut), State::kPresent);
  EXPECT_EQ(condition(Type::kLineCut).severity, Severity::kCritical);
  EXPECT_EQ(condition(Type::kLineCut).text,
            "FP01 a-b: no light from sumgait at aktau (line port and every lit channel)");
}

TEST_F(RulesTest, NoiseFromRepeatersBeyondTheCutDoesNotHideIt) {
  light(true, false, false);
  EXPECT_EQ(state(Type::kLineCut), State::kPresent);
}

TEST_F(RulesTest, ADarkPortAloneIsACutUnlessAChannelContradictsIt) {
  light(false, kMissing, kMissing);
  EXPECT_EQ(state(Type::kLineCut), State::kPresent);
  light(false, true, kMissing);
  EXPECT_EQ(state(Type::kLineCut), State::kAbsent);
}

TEST_F(RulesTest, OneDarkChannelIsNotACut) {
  light(true, false, true);
  EXPECT_EQ(state(Type::kLineCut), State::kAbsent);
  EXPECT_EQ(state(Type::kChannelLossOfLight, 1), State::kPresent);
  EXPECT_EQ(state(Type::kChannelLossOfLight, 2), State::kAbsent);
}

TEST_F(RulesTest, MissingReadingsAreNeverACut) {
  light(kMissing, kMissing, kMissing);
  EXPECT_EQ(state(Type::kLineCut), State::kUnknown);
  EXPECT_EQ(state(Type::kChannelLossOfLight, 1), State::kUnknown);
  light(kMissing, false, kMissing);
  EXPECT_EQ(state(Type::kLineCut), State::kUnknown) << "one channel unknown is not every channel";
  light(true, kMissing, kMissing);
  EXPECT_EQ(state(Type::kLineCut), State::kUnknown) << "a lit port may be a repeater's noise";
}

TEST_F(RulesTest, WhatIsNotSentIsNotLostOnTheLine) {
  light(false, false, false);
  line().sent_no_light = true;
  EXPECT_EQ(state(Type::kLineCut), State::kAbsent);
  EXPECT_EQ(state(Type::kChannelLossOfLight, 1), State::kPresent);
  line().sent_no_light = false;
  channel(0).sent_no_light = channel(1).sent_no_light = true;
  EXPECT_EQ(state(Type::kLineCut), State::kAbsent);
  channel(1).sent_no_light = kMissing;
  EXPECT_EQ(state(Type::kLineCut), State::kPresent);
}

TEST_F(RulesTest, ChannelLossIsExplainedByItsTransmitterOrTheCutOfItsOwnDirection) {
  light(false, false, false);
  const auto loss = condition(Type::kChannelLossOfLight, 1);
  std::vector<std::string> named;
  for (const Key& key : loss.explained_by) named.push_back(describe(key));
  EXPECT_EQ(named,
            (std::vector<std::string>{"channel_not_sent sumgait FP01 a-b 1",
                                      "line_not_sent sumgait FP01 a-b", "line_cut FP01 a-b"}));
}

TEST_F(RulesTest, WhatAllChannelsHaveInCommonIsTheLines) {
  const auto residuals = [&](double first, double second) {
    channel(0).of(Quantity::kChannelInputPower) = {.residual = first};
    channel(1).of(Quantity::kChannelInputPower) = {.residual = second};
    return state(Type::kLinePowerOff);
  };
  EXPECT_EQ(state(Type::kLinePowerOff), State::kUnknown);
  EXPECT_EQ(residuals(-3, -4), State::kPresent);
  EXPECT_EQ(condition(Type::kLinePowerOff).severity, Severity::kMajor);
  EXPECT_EQ(residuals(-1.5, -1.1), State::kPresent);
  EXPECT_EQ(condition(Type::kLinePowerOff).severity, Severity::kMinor);
  EXPECT_EQ(residuals(-3, -0.9), State::kDeadBand);
  EXPECT_EQ(residuals(-3, -0.1), State::kAbsent);
  EXPECT_EQ(residuals(-3, 3), State::kAbsent);
  EXPECT_EQ(state(Type::kReceivePowerOff, 1), State::kPresent);
}

TEST_F(RulesTest, MarginConditionsFollowThresholdsAndHysteresis) {
  const auto at = [&](double margin) {
    channel(0).margin = Db(margin);
    return std::pair(state(Type::kMarginLow, 1), state(Type::kBelowBudget, 1));
  };
  EXPECT_EQ(at(3), std::pair(State::kAbsent, State::kAbsent));
  EXPECT_EQ(at(1.1), std::pair(State::kAbsent, State::kAbsent));
  EXPECT_EQ(at(1.05), std::pair(State::kDeadBand, State::kAbsent));
  EXPECT_EQ(at(0.95), std::pair(State::kPresent, State::kAbsent));
  EXPECT_EQ(condition(Type::kMarginLow, 1).severity, Severity::kMinor);
  EXPECT_EQ(at(0.45), std::pair(State::kPresent, State::kAbsent));
  EXPECT_EQ(condition(Type::kMarginLow, 1).severity, Severity::kMajor);
  EXPECT_EQ(at(0.05), std::pair(State::kPresent, State::kDeadBand));
  EXPECT_EQ(at(0.0), std::pair(State::kAbsent, State::kPresent));
  EXPECT_EQ(condition(Type::kBelowBudget, 1).severity, Severity::kCritical);
}

TEST_F(RulesTest, WithoutAMarginNothingIsSaidAboutIt) {
  EXPECT_EQ(state(Type::kMarginLow, 1), State::kUnknown);
  EXPECT_EQ(state(Type::kBelowBudget, 1), State::kUnknown);
}

TEST_F(RulesTest, LatencyIsOffEitherWayWithADeadBand) {
  const auto at = [&](double residual_us) {
    assessment_.paths[0].residual = Seconds(residual_us * 1e-6);
    return state(Type::kLatencyOffBudget);
  };
  EXPECT_EQ(state(Type::kLatencyOffBudget), State::kUnknown);
  EXPECT_EQ(at(29), State::kAbsent);
  EXPECT_EQ(at(35), State::kDeadBand);
  EXPECT_EQ(at(41), State::kPresent);
  EXPECT_EQ(at(-2000), State::kPresent);
  EXPECT_EQ(condition(Type::kLatencyOffBudget).key.station, "sumgait");
}

TEST_F(RulesTest, ALongerPathIsALengthWithoutAPlace) {
  assessment_.paths[0].residual = Seconds(800e-6);
  assessment_.paths[0].fibre_change = {.each_way = Kilometers(81.7),
                                       .uncertainty = Kilometers(5.2)};
  const Condition off = condition(Type::kLatencyOffBudget);
  EXPECT_THAT(off.cause.text, testing::HasSubstr("+81.7 ± 5.2 km of fibre if both ways"));
  EXPECT_THAT(off.cause.text, testing::HasSubstr("+163.4 km if one did"));
  EXPECT_THAT(off.cause.text, testing::HasSubstr("do not tell where"));
  EXPECT_FALSE(off.cause.position);
  EXPECT_TRUE(off.cause.element.empty());
}

TEST_F(RulesTest, ALongerPathSaysWhichWayWhereClocksTell) {
  auto& path = assessment_.paths[0];
  path.residual = Seconds(800e-6);
  path.fibre_change = {.each_way = Kilometers(80), .uncertainty = Kilometers(5)};
  const auto told = [&](double outbound_us, double inbound_us, double bound_us) {
    path.ways = {.outbound = Seconds(outbound_us * 1e-6),
                 .inbound = Seconds(inbound_us * 1e-6),
                 .bound = Seconds(bound_us * 1e-6)};
    return condition(Type::kLatencyOffBudget).cause.text;
  };
  EXPECT_THAT(told(790, 10, 50),
              testing::StartsWith("one way changed, a-b by +790.0 us, +158.0 km"));
  EXPECT_THAT(told(10, 790, 50), testing::StartsWith("one way changed, b-a by +790.0 us"));
  EXPECT_THAT(
      told(400, 400, 50),
      testing::StartsWith("both ways changed, a-b by +400.0 us, +80.0 km of fibre, and b-a"));
  EXPECT_THAT(told(790, 10, 800), testing::StartsWith("round trip only, +80.0 ± 5.0 km"));
  path.outbound = plant::Direction::kBToA;
  EXPECT_THAT(told(790, 10, 50), testing::StartsWith("one way changed, b-a by +790.0 us"));
}

TEST_F(RulesTest, AProtectionSwitchExplainsALongerPath) {
  assessment_.paths[0].residual = Seconds(800e-6);
  assessment_.paths[0].fibre_change = {.each_way = Kilometers(81.7),
                                       .uncertainty = Kilometers(5.2)};
  const auto latency_off = [&](double selected) {
    const EquipmentReading active{.place = {.quantity = codec::Quantity::kProtectionActivePath,
                                            .station = "aktau",
                                            .fibre_pair = assessment_.paths[0].fibre_pair,
                                            .element = "aps-1"},
                                  .observed = selected};
    for (Condition& one : conditions_of(assessment_, thresholds_, {}, {active})) {
      if (one.key.type == Type::kLatencyOffBudget && one.key.station == "sumgait") return one;
    }
    ADD_FAILURE();
    return Condition();
  };
  const Key by_switch{.type = Type::kProtectionSwitched,
                      .station = "aktau",
                      .fibre_pair = assessment_.paths[0].fibre_pair,
                      .element = "aps-1"};
  EXPECT_THAT(latency_off(2).explained_by, testing::Contains(by_switch));
  EXPECT_THAT(latency_off(2).cause.text, testing::HasSubstr("protection switch"));
  EXPECT_THAT(latency_off(1).explained_by, testing::Not(testing::Contains(by_switch)));
}

TEST_F(RulesTest, SilenceIsItsOwnAlarmOfItsStation) {
  EXPECT_EQ(state(Type::kAgentSilent), State::kUnknown) << "it had no time to speak yet";
  assessment_.stations[0].newest_sample_unix_ns = 1;
  EXPECT_EQ(state(Type::kAgentSilent), State::kAbsent);
  assessment_.stations[0].silent = true;
  EXPECT_EQ(state(Type::kAgentSilent), State::kPresent);
  EXPECT_EQ(condition(Type::kAgentSilent).key.station, "aktau");
}

}  // namespace
}  // namespace caspilink::alarms
