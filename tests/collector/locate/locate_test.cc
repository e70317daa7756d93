// Findings and what they say together, on the repeatered reference plant: five spans of 76 km.
#include "collector/locate/locate.h"

#include <gmock/gmock.h>

#include "tests/collector/small_plant.h"

namespace caspilink::locate {
namespace {

using codec::Quantity;
using plant::Direction;

class LocateTest : public testing::Test {
 protected:
  void repeater(const std::string& name, Direction direction, bool light,
                const std::string& pair = "FP01") {
    readings_.push_back({.place = {.quantity = Quantity::kRepeaterInputPower,
                                   .station = direction == Direction::kAToB ? "aktau" : "sumgait",
                                   .fibre_pair = pair,
                                   .direction = direction,
                                   .element = name},
                         .observed = 0,
                         .no_light = !light});
  }
  void feed(const std::string& station, double volts, double amperes) {
    const double sign = station == "sumgait" ? 1 : -1;
    readings_.push_back({.place = {.quantity = Quantity::kPowerFeedVoltage, .station = station},
                         .observed = sign * volts,
                         .expected = sign * 249});
    readings_.push_back({.place = {.quantity = Quantity::kPowerFeedCurrent, .station = station},
                         .observed = amperes,
                         .expected = sign * 1.0});
  }
  alarms::Cause cause(alarms::Key key, std::optional<budget::FeedPath> feed = std::nullopt) {
    std::vector<alarms::Condition> conditions = {
        {.key = std::move(key), .state = alarms::State::kPresent}};
    add_causes({.map = map_, .readings = readings_, .feed = std::move(feed)}, conditions);
    return conditions[0].cause;
  }

  const LineMap map_{*test::small_plant(2)};
  std::vector<alarms::EquipmentReading> readings_;
  const alarms::Key cut_{.type = alarms::Type::kCableCut};
  const budget::FeedPath path_{
      .length = Kilometers(380),
      .resistance_ohm_per_km = 1,
      .repeater_v = 20,
      .repeaters = {Kilometers(76), Kilometers(152), Kilometers(228), Kilometers(304)},
      .earth_potential_sigma_v = 5};
};

TEST_F(LocateTest, TheMapKnowsSpansAndBodies) {
  EXPECT_EQ(map_.length_km(), 380);
  EXPECT_EQ(map_.element_at(100), "S2");
  EXPECT_EQ(map_.find("R3")->stretch, (Stretch{228, 228}));
  EXPECT_EQ(map_.element_at(400), "");
}

TEST_F(LocateTest, TheMapKnowsTheConductorOfAPlantThatIsFedThroughIt) {
  ASSERT_TRUE(map_.feed());
  EXPECT_EQ(map_.feed()->length.value(), 380);
  EXPECT_EQ(map_.feed()->repeaters.size(), 4U);
  EXPECT_EQ(map_.feed()->repeaters[1].value(), 152);
  plant::Plant without = *test::small_plant(2);
  without.power_feed.reset();
  EXPECT_FALSE(LineMap(without).feed());
}

TEST_F(LocateTest, WithoutAFindingThePlaceIsUnknown) {
  const auto found = cause(cut_);
  EXPECT_FALSE(found.position);
  EXPECT_EQ(found.element, "");
}

TEST_F(LocateTest, ACutIsBetweenTheLastRepeaterWithLightAndTheFirstWithout) {
  repeater("R1", Direction::kAToB, true);
  repeater("R2", Direction::kAToB, true);
  repeater("R3", Direction::kAToB, false);
  const auto found = cause(cut_);
  EXPECT_EQ(found.element, "S3");
  EXPECT_EQ(found.position, (alarms::Position{190, 38}));
  EXPECT_EQ(found.text, "R2 receives light, R3 does not");
}

TEST_F(LocateTest, TheOtherDirectionCountsFromItsOwnSide) {
  repeater("R3", Direction::kBToA, true);
  repeater("R2", Direction::kBToA, false);
  EXPECT_EQ(cause(cut_).element, "S3");
}

TEST_F(LocateTest, OneRepeaterAloneLimitsOneSide) {
  repeater("R4", Direction::kAToB, true);
  EXPECT_EQ(cause(cut_).position, (alarms::Position{342, 38}));
  EXPECT_EQ(cause(cut_).element, "S5");
}

TEST_F(LocateTest, RepeatersThatContradictThemselvesSayNothing) {
  repeater("R3", Direction::kAToB, true);
  repeater("R2", Direction::kAToB, false);
  EXPECT_FALSE(cause(cut_).position);
}

TEST_F(LocateTest, APairsCutAsksItsOwnRepeatersOnly) {
  repeater("R1", Direction::kAToB, false, "FP02");
  EXPECT_FALSE(cause({.type = alarms::Type::kFibrePairCut, .fibre_pair = "FP01"}).position);
  EXPECT_EQ(cause({.type = alarms::Type::kFibrePairCut, .fibre_pair = "FP02"}).element, "S1");
}

TEST_F(LocateTest, PowerFeedAndRepeatersTogetherAreBetterThanEither) {
  repeater("R2", Direction::kAToB, true);
  repeater("R3", Direction::kAToB, false);
  // A shunt at 200 km: 200 V and two repeaters from a, 180 V and two from b.
  feed("sumgait", 240, 1);
  feed("aktau", 220, 1);
  const auto found = cause(cut_, path_);
  ASSERT_TRUE(found.position);
  EXPECT_NEAR(found.position->km, 200, 0.5);
  EXPECT_LT(found.position->uncertainty_km, 10);
  EXPECT_GT(found.position->uncertainty_km, 5);
  EXPECT_EQ(found.element, "S3");
}

TEST_F(LocateTest, WhatContradictsANarrowerFindingIsNamed) {
  const auto together = combine({{.stretch = {0, 76}, .text = "R1 receives no light"},
                                 {.stretch = {190, 210}, .text = "power feed"}});
  ASSERT_TRUE(together);
  EXPECT_EQ(together->stretch, (Stretch{190, 210}));
  EXPECT_EQ(together->text, "power feed; against it: R1 receives no light");
}

TEST_F(LocateTest, AnOtdrMeasuresFibreAndTheCableIsShorter) {
  const auto found = by_otdr(map_, true, Kilometers(100.3), Kilometers(0.01), 0.003);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->stretch.middle_km(), 100, 1e-9);
  const auto back = by_otdr(map_, false, Kilometers(100.3), Kilometers(0.01), 0.003);
  EXPECT_NEAR(back->stretch.middle_km(), 280, 1e-9);
  EXPECT_FALSE(by_otdr(map_, true, Kilometers(400), Kilometers(0), 0));
  EXPECT_FALSE(by_otdr(map_, true, Kilometers(-1), Kilometers(0), 0));
}

TEST_F(LocateTest, ASpanThatLosesIsWhereTheLossIs) {
  const auto found = cause({.type = alarms::Type::kSpanLossHigh,
                            .fibre_pair = "FP01",
                            .direction = Direction::kAToB,
                            .element = "S4"});
  EXPECT_EQ(found.position, (alarms::Position{266, 38}));
}

}  // namespace
}  // namespace caspilink::locate
