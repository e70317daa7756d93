// Where a conductor touches the sea; figures of the reference plant's feed.
#include "link_models/budget/power_feed_fault.h"

#include <cmath>

#include <gtest/gtest.h>

namespace caspilink::budget {
namespace {

FeedPath path() {
  return {.length = Kilometers(380),
          .resistance_ohm_per_km = 1,
          .repeater_v = 20,
          .repeaters = {Kilometers(76), Kilometers(152), Kilometers(228), Kilometers(304)},
          .earth_potential_sigma_v = 5,
          .voltage_sigma_part = 0};
}

TEST(PowerFeedFaultTest, OneEndCountsVoltsToTheFault) {
  // 200 km and the two repeaters before it: 240 V at 1 A.
  const auto fault = locate_feed_fault(path(), FeedReading{.voltage_v = 240, .current_a = 1}, {});
  ASSERT_TRUE(fault);
  EXPECT_NEAR(fault->at.value(), 200, 1e-9);
  EXPECT_NEAR(fault->uncertainty.value(), 5, 1e-9);
}

TEST(PowerFeedFaultTest, TheOtherEndCountsFromItsSide) {
  const auto fault = locate_feed_fault(path(), {}, FeedReading{.voltage_v = 220, .current_a = 1});
  ASSERT_TRUE(fault);
  EXPECT_NEAR(fault->at.value(), 200, 1e-9);
}

TEST(PowerFeedFaultTest, BothEndsAreSurerThanOne) {
  const auto fault = locate_feed_fault(path(), FeedReading{.voltage_v = 240, .current_a = 1},
                                       FeedReading{.voltage_v = 220, .current_a = 1});
  ASSERT_TRUE(fault);
  EXPECT_NEAR(fault->at.value(), 200, 1e-9);
  EXPECT_NEAR(fault->uncertainty.value(), 5 / std::sqrt(2.0), 1e-9);
}

TEST(PowerFeedFaultTest, EndsThatDisagreeAreAsUnsureAsTheyDisagree) {
  const auto fault = locate_feed_fault(path(), FeedReading{.voltage_v = 270, .current_a = 1},
                                       FeedReading{.voltage_v = 210, .current_a = 1});
  ASSERT_TRUE(fault);
  // 230 and, seen from b, 210 km.
  EXPECT_NEAR(fault->at.value(), 219, 2);
  EXPECT_GE(fault->uncertainty.value(), 7);
}

TEST(PowerFeedFaultTest, AVoltageThatEndsWithinARepeaterIsAtTheRepeater) {
  const auto fault = locate_feed_fault(path(), FeedReading{.voltage_v = 86, .current_a = 1}, {});
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at.value(), 76);
}

TEST(PowerFeedFaultTest, AHealthyLineOrNoCurrentHasNoFaultToLocate) {
  EXPECT_FALSE(locate_feed_fault(path(), FeedReading{.voltage_v = 498, .current_a = 1}, {}));
  EXPECT_FALSE(locate_feed_fault(path(), FeedReading{.voltage_v = 498, .current_a = 0}, {}));
  EXPECT_FALSE(locate_feed_fault(path(), {}, {}));
}

}  // namespace
}  // namespace caspilink::budget
