#include "link_models/physics/roadm.h"

#include <gtest/gtest.h>

namespace caspilink::physics {
namespace {

TEST(RoadmTest, ChannelsAreAttenuatedToTheirTarget) {
  EXPECT_DOUBLE_EQ(equalise(Dbm(0), Db(12), Dbm(-18)).value(), -18);
}

TEST(RoadmTest, WeakChannelsAreNotAmplified) {
  EXPECT_DOUBLE_EQ(equalise(Dbm(-15), Db(12), Dbm(-18)).value(), -27);
}

TEST(RoadmTest, TargetsFollowWhatTheyAreStatedFor) {
  using Kind = EqualisationTarget::Kind;
  const Hertz baud(64e9);
  const Hertz slot(75e9);
  EXPECT_DOUBLE_EQ((EqualisationTarget{Kind::kChannelPower, -20}).power(baud, slot).value(), -20);
  EXPECT_NEAR((EqualisationTarget{Kind::kPowerDensity, 3.125e-4}).power(baud, slot).value(),
              -16.9897, 1e-4);
  EXPECT_NEAR((EqualisationTarget{Kind::kPowerPerSlot, 2e-4}).power(baud, slot).value(), -18.2391,
              1e-4);
}

TEST(RoadmTest, FirstImpairmentThatCoversAFrequencyCounts) {
  const std::vector<RoadmImpairment> bands{
      {Hertz(191e12), Hertz(193e12), Db(10), {}, {}, Db(40)},
      {Hertz(193e12), Hertz(196e12), Db(12), {}, {}, std::nullopt}};
  EXPECT_EQ(impairment_at(bands, 192e12), &bands[0]);
  EXPECT_EQ(impairment_at(bands, 193e12), &bands[0]);
  EXPECT_EQ(impairment_at(bands, 195e12), &bands[1]);
  EXPECT_EQ(impairment_at(bands, 197e12), nullptr);
  EXPECT_TRUE(RoadmImpairment{}.covers(1e12));
}

}  // namespace
}  // namespace caspilink::physics
