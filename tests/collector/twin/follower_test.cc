#include "collector/twin/follower.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/collector/small_plant.h"

namespace caspilink::twin {
namespace {

using codec::Quantity;
using codec::Reading;
using test::kSecond;
using test::kStart;

class FollowerTest : public testing::Test {
 protected:
  void reading(Quantity quantity, std::uint32_t channel, double value,
               Reading reading = Reading::kValue) {
    time_ += kSecond;
    follower_.take({.quantity = quantity,
                    .station = "sumgait",
                    .fibre_pair = "FP01",
                    .direction = plant::Direction::kAToB,
                    .channel = channel},
                   {.time_unix_ns = time_, .reading = reading, .value = value});
  }
  bool changed() { return !follower_.take_changed().empty(); }

  std::shared_ptr<const plant::Plant> plant_ = test::small_plant();
  Follower follower_{plant_, {}};
  double planned_ = plant_->channels[31].launch_power.value();
  std::int64_t time_ = kStart;
};

TEST_F(FollowerTest, NoiseAroundThePlanChangesNothing) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 0.05);
  for (int i = 0; i < 5000; ++i) {
    reading(Quantity::kChannelOutputPower, 32, planned_ + noise(random));
    ASSERT_FALSE(changed()) << i;
  }
}

TEST_F(FollowerTest, AStepIsFollowedAtOnce) {
  reading(Quantity::kChannelOutputPower, 32, planned_ - 1.5);
  EXPECT_EQ(follower_.take_changed(), std::vector<std::size_t>{0}) << "FP01 a-b";
  const auto reported = follower_.direction(0).reported();
  ASSERT_TRUE(reported);
  ASSERT_EQ(reported->launch_power.size(), 1U);
  EXPECT_EQ(reported->launch_power[0].first, 32);
  EXPECT_NEAR(reported->launch_power[0].second.value(), planned_ - 1.5, 1e-9);
}

TEST_F(FollowerTest, ACreepIsFollowedOnceItHasLasted) {
  for (int i = 0; i < 25; ++i) reading(Quantity::kChannelOutputPower, 32, planned_ - 0.2);
  EXPECT_FALSE(changed());
  for (int i = 0; i < 10; ++i) reading(Quantity::kChannelOutputPower, 32, planned_ - 0.2);
  EXPECT_TRUE(changed());
}

TEST_F(FollowerTest, AnOffsetWithinTheCreepIsLeftAlone) {
  for (int i = 0; i < 500; ++i) reading(Quantity::kChannelOutputPower, 32, planned_ - 0.08);
  EXPECT_FALSE(changed());
}

TEST_F(FollowerTest, ATransmitterWithoutLightIsADarkSlot) {
  reading(Quantity::kChannelOutputPower, 32, 0, Reading::kNoLight);
  EXPECT_TRUE(changed());
  EXPECT_EQ(follower_.direction(0).reported()->dark_channels, std::vector<int>{32});
  reading(Quantity::kChannelOutputPower, 32, planned_);
  EXPECT_TRUE(changed());
  EXPECT_EQ(follower_.direction(0).reported(), plant::ReportedLine());
}

TEST_F(FollowerTest, AMissingReadingChangesNothing) {
  for (const auto missing : {Reading::kWithdrawn, Reading::kNotSupported, Reading::kBelowRange}) {
    reading(Quantity::kChannelOutputPower, 32, 0, missing);
  }
  EXPECT_FALSE(changed());
}

TEST_F(FollowerTest, ATransmitterNobodyPlannedIsLit) {
  reading(Quantity::kChannelOutputPower, 5, planned_);
  EXPECT_TRUE(changed());
  EXPECT_EQ(follower_.direction(0).reported()->lit_channels, (std::vector<int>{1, 5, 32, 64, 96}));
}

TEST_F(FollowerTest, TheChannelMonitorOutranksTheTransmitter) {
  reading(Quantity::kMonitoredChannelLaunchPower, 32, planned_ - 2);
  EXPECT_TRUE(changed());
  reading(Quantity::kChannelOutputPower, 32, planned_ + 1);
  EXPECT_FALSE(changed());
}

TEST_F(FollowerTest, WhatTheChannelsDoNotExplainOfTheTotalIsEveryones) {
  reading(Quantity::kLineOutputPower, 0, 15.0);  // 18 dBm by the plan
  EXPECT_TRUE(changed());
  const auto reported = follower_.direction(0).reported();
  ASSERT_EQ(reported->launch_power.size(), 96U);
  for (const auto& [number, power] : reported->launch_power) {
    EXPECT_NEAR(power.value(), planned_ - 3.0, 0.01);
  }
}

TEST_F(FollowerTest, ReceiveSideReadingsAreNotFollowed) {
  for (const auto& info : codec::quantities()) {
    if (info.side != codec::Side::kReceive || is_setting(info.quantity)) continue;
    EXPECT_FALSE(Follower::follows(info.quantity)) << info.name;
    reading(info.quantity, 32, -20);
  }
  EXPECT_FALSE(changed());
}

TEST_F(FollowerTest, TheFeedCurrentIsTheMeanOfBothStations) {
  const auto feed = [&](const std::string& station, double amperes) {
    follower_.take({.quantity = Quantity::kPowerFeedCurrent, .station = station},
                   {.time_unix_ns = ++time_, .value = amperes});
  };
  EXPECT_FALSE(follower_.feed_current());
  feed("sumgait", 1.1);
  feed("aktau", -1.1);
  EXPECT_NEAR(follower_.feed_current()->value(), 1.1, 1e-12);
  feed("aktau", -1.102);
  EXPECT_NEAR(follower_.feed_current()->value(), 1.1, 1e-12) << "noise";
}

}  // namespace
}  // namespace caspilink::twin
