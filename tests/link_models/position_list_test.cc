#include "link_models/plant/position_list.h"

#include <cmath>

#include <gtest/gtest.h>

namespace caspilink::plant {
namespace {

RoutePosition at(double km, double latitude, double longitude,
                 std::optional<double> depth = std::nullopt) {
  return {.cable = Kilometers(km),
          .latitude_deg = latitude,
          .longitude_deg = longitude,
          .depth_m = depth};
}

TEST(PositionListTest, BetweenTwoPositionsTheCableIsStraight) {
  const auto list =
      PositionList::of({at(0, 40.5, 49.6, 0), at(10, 40.7, 49.8, 100), at(20, 41, 50)});
  ASSERT_TRUE(list);
  const auto found = list->at(Kilometers(5));
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->latitude_deg, 40.6, 1e-12);
  EXPECT_NEAR(found->longitude_deg, 49.7, 1e-12);
  EXPECT_NEAR(*found->depth_m, 50, 1e-9);
  EXPECT_FALSE(list->at(Kilometers(15))->depth_m) << "half a depth is none";
  EXPECT_EQ(list->at(Kilometers(0))->latitude_deg, 40.5);
  EXPECT_EQ(list->at(Kilometers(20))->latitude_deg, 41);
}

TEST(PositionListTest, BeyondItsEndsItSaysNothing) {
  const auto list = PositionList::of({at(1, 40, 49), at(10, 41, 50)});
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->at(Kilometers(0.5)));
  EXPECT_FALSE(list->at(Kilometers(10.1)));
}

TEST(PositionListTest, AcrossTheAntimeridianItTakesTheShorterWay) {
  const auto list = PositionList::of({at(0, 0, 179.5), at(10, 0, -179.5)});
  ASSERT_TRUE(list);
  EXPECT_NEAR(std::abs(list->at(Kilometers(5))->longitude_deg), 180, 1e-9);
}

TEST(PositionListTest, WhatCannotBeIsRefusedWithItsNumber) {
  EXPECT_FALSE(PositionList::of({at(0, 40, 49)}));
  EXPECT_EQ(PositionList::of({at(0, 40, 49), at(0, 40, 49)}).error().where, "position 2");
  EXPECT_EQ(PositionList::of({at(0, 91, 49), at(1, 40, 49)}).error().where, "position 1");
  EXPECT_EQ(PositionList::of({at(0, 40, 49), at(1, 40, 49, 20'000)}).error().where, "position 2");
}

TEST(PositionListTest, FibreIsLongerThanItsCable) {
  EXPECT_NEAR(cable_of_optical(Kilometers(100.3), 0.003).value(), 100, 1e-12);
  const LaidRoute route{.list = *PositionList::of({at(0, 40, 49), at(100, 41, 50)}),
                        .fibre_excess = 0.003};
  EXPECT_NEAR(position_on(route, Kilometers(50.15))->latitude_deg, 40.5, 1e-12);
  EXPECT_NEAR(position_on(route, Kilometers(50.15))->cable.value(), 50, 1e-12);
  EXPECT_FALSE(position_on(route, Kilometers(100.4)));
}

TEST(PositionListTest, APositionReadsAsSailorsWriteIt) {
  EXPECT_EQ(to_string(at(0, 42.06452, 50.5), false), "42.0645 N, 50.5000 E");
  EXPECT_EQ(to_string(at(0, -1, -2.25, 588.4), true),
            "1.0000 S, 2.2500 W, 588 m deep (illustrative route)");
}

}  // namespace
}  // namespace caspilink::plant
