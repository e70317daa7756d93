#include "link_models/budget/power_feed.h"

#include <gtest/gtest.h>

#include "link_models/formats/plant_yaml.h"
#include "tests/support/paths.h"

namespace caspilink::budget {
namespace {

plant::Plant reference() {
  return formats::load_plant(test::source_dir() + "/deploy/plants/trans_caspian_repeatered.yaml")
      .value();
}

TEST(PowerFeedTest, TheReferenceCableNeeds498Volts) {
  // 380 km x 1 ohm/km x 1 A + 4 x 20 V + 38 V of earth potential.
  const auto budget = power_feed_budget(reference());
  ASSERT_TRUE(budget);
  EXPECT_NEAR(budget->total.value(), 498, 1e-9);
  EXPECT_NEAR(budget->at_a.value(), 249, 1e-9);
  EXPECT_NEAR(budget->at_b.value(), -249, 1e-9);
}

TEST(PowerFeedTest, OneEndCarriesItAllWhereOneEndFeeds) {
  auto plant = reference();
  plant.power_feed->feeding = plant::Feeding::kFromA;
  EXPECT_NEAR(power_feed_budget(plant)->at_a.value(), 498, 1e-9);
  EXPECT_EQ(power_feed_budget(plant)->at_b.value(), 0);
  plant.power_feed->feeding = plant::Feeding::kFromB;
  EXPECT_EQ(power_feed_budget(plant)->at_a.value(), 0);
  EXPECT_NEAR(power_feed_budget(plant)->at_b.value(), -498, 1e-9);
}

TEST(PowerFeedTest, OnlyTheConductorFollowsTheCurrent) {
  EXPECT_NEAR(power_feed_budget(reference(), Amperes(1.1))->total.value(), 536, 1e-9);
}

TEST(PowerFeedTest, LandIsNotFedThroughTheCable) {
  auto plant = reference();
  plant.segments.push_back(plant.segments.front());
  plant.segments.back().kind = plant::Segment::Kind::kTerrestrial;
  EXPECT_NEAR(power_feed_budget(plant)->total.value(), 498, 1e-9);
}

TEST(PowerFeedTest, NothingIsKnownWhereThePlantSaysNothing) {
  auto plant = reference();
  plant.power_feed.reset();
  EXPECT_FALSE(power_feed_budget(plant));
}

}  // namespace
}  // namespace caspilink::budget
