#include "collector/fleet/place.h"

#include <gtest/gtest.h>

#include "tests/collector/small_plant.h"

namespace caspilink::fleet {
namespace {

using codec::Quantity;
using plant::Direction;

class PlaceTest : public testing::Test {
 protected:
  std::shared_ptr<const plant::Plant> plant_ = test::small_plant();
};

TEST_F(PlaceTest, ReceivingAtBAndSendingAtAAreDirectionAToB) {
  const auto in = test::channel_point(Quantity::kQValue, "FP01", 32);
  const auto out = test::channel_point(Quantity::kChannelOutputPower, "FP01", 32);
  EXPECT_EQ(place_of(*plant_, "aktau", in)->direction, Direction::kAToB);
  EXPECT_EQ(place_of(*plant_, "sumgait", out)->direction, Direction::kAToB);
  EXPECT_EQ(place_of(*plant_, "sumgait", in)->direction, Direction::kBToA);
  EXPECT_EQ(place_of(*plant_, "aktau", out)->direction, Direction::kBToA);
}

TEST_F(PlaceTest, TerminalAmplifiersTellTheirDirectionByTheirElement) {
  codec::MeasurementPoint point{.quantity = Quantity::kAmplifierGain, .fibre_pair = "FP01"};
  point.element = "booster";
  EXPECT_EQ(place_of(*plant_, "sumgait", point)->direction, Direction::kAToB);
  point.element = "preamplifier";
  EXPECT_EQ(place_of(*plant_, "sumgait", point)->direction, Direction::kBToA);
  point.element = "toaster";
  EXPECT_FALSE(place_of(*plant_, "sumgait", point));
}

TEST_F(PlaceTest, PathsHaveNoDirectionAndLeadToTheOtherStation) {
  const auto there = test::path_point(Quantity::kRoundTripDelay, "FP01", "aktau");
  ASSERT_TRUE(place_of(*plant_, "sumgait", there));
  EXPECT_FALSE(place_of(*plant_, "sumgait", there)->direction);
  EXPECT_FALSE(place_of(*plant_, "aktau", there));
}

TEST_F(PlaceTest, WhatThePlantDoesNotHaveIsNowhere) {
  EXPECT_FALSE(place_of(*plant_, "baku", test::line_point(Quantity::kLineInputPower, "FP01")));
  EXPECT_FALSE(place_of(*plant_, "aktau", test::line_point(Quantity::kLineInputPower, "FP99")));
  EXPECT_FALSE(place_of(*plant_, "aktau", test::channel_point(Quantity::kQValue, "FP01", 97)));
  EXPECT_FALSE(place_of(*plant_, "aktau", test::channel_point(Quantity::kQValue, "FP01", 0)));
}

TEST_F(PlaceTest, TheEquipmentsOwnNamesDoNotMakeAnotherPlace) {
  auto one = test::channel_point(Quantity::kQValue, "FP01", 1);
  auto other = one;
  one.source = "slte-1";
  other.source = "slte-2";
  other.component = "renamed";
  EXPECT_EQ(place_of(*plant_, "aktau", one), place_of(*plant_, "aktau", other));
}

TEST_F(PlaceTest, ModulesAreToldByTheirSource) {
  codec::MeasurementPoint point{.quantity = Quantity::kModuleTemperature, .source = "module-1"};
  const auto place = place_of(*plant_, "aktau", point);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->source, "module-1");
}

// What an agent names like a body of the line is that body, of the light that travels to its
// station; a name that is not on the route is nowhere.
TEST_F(PlaceTest, ALineAmplifierIsTheBodyOfItsNameAndOfTheReceivedDirection) {
  for (const auto quantity :
       {Quantity::kRepeaterOutputPower, Quantity::kRepeaterTargetGain, Quantity::kSpanLoss}) {
    codec::MeasurementPoint point{.quantity = quantity, .fibre_pair = "FP01", .element = "R2"};
    const auto at_b = place_of(*plant_, "aktau", point);
    const auto at_a = place_of(*plant_, "sumgait", point);
    ASSERT_TRUE(at_a && at_b);
    EXPECT_EQ(at_b->element, "R2");
    EXPECT_EQ(at_b->direction, Direction::kAToB);
    EXPECT_EQ(at_a->direction, Direction::kBToA);
    point.element = "R9";
    EXPECT_FALSE(place_of(*plant_, "aktau", point));
    point.element = "preamplifier";
    EXPECT_FALSE(place_of(*plant_, "aktau", point)) << "a terminal's is no line amplifier";
  }
}

}  // namespace
}  // namespace caspilink::fleet
