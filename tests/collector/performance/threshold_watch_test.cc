#include "collector/performance/threshold_watch.h"

#include <limits>

#include <gtest/gtest.h>

namespace caspilink::performance {
namespace {

store::BinRecord bin(const std::string& quantity, double low, double high) {
  return {.place = {.quantity = quantity, .fibre_pair = "FP01"}, .minimum = low, .maximum = high};
}

class ThresholdWatchTest : public testing::Test {
 protected:
  ThresholdWatch watch_{{{.quantity = kErroredSeconds, .raise = 10, .reset = 2},
                         {.quantity = "channel_input_power",
                          .side = Threshold::Side::kAtMost,
                          .raise = -18,
                          .reset = -16}}};
};

TEST_F(ThresholdWatchTest, FiresAsSoonAsTheCountReachesItAndOnce) {
  watch_.going_on(bin(kErroredSeconds, 9, 9), 1);
  EXPECT_TRUE(watch_.standing().empty());
  watch_.going_on(bin(kErroredSeconds, 10, 10), 2);
  watch_.going_on(bin(kErroredSeconds, 12, 12), 3);
  ASSERT_EQ(watch_.standing().size(), 1U);
  EXPECT_EQ(watch_.standing()[0].since_unix_ns, 2);
  EXPECT_EQ(watch_.standing()[0].value, 12);
}

TEST_F(ThresholdWatchTest, ClearsAtTheEndOfABinWithinTheResetThreshold) {
  watch_.going_on(bin(kErroredSeconds, 10, 10), 1);
  watch_.ended(bin(kErroredSeconds, 11, 11), 2);
  watch_.going_on(bin(kErroredSeconds, 0, 0), 3);
  EXPECT_EQ(watch_.standing().size(), 1U) << "a quiet beginning is not the end of a bin";
  watch_.ended(bin(kErroredSeconds, 3, 3), 4);
  EXPECT_EQ(watch_.standing().size(), 1U);
  watch_.ended(bin(kErroredSeconds, 2, 2), 5);
  EXPECT_TRUE(watch_.standing().empty());
}

TEST_F(ThresholdWatchTest, WatchesTheLowSideOfAFigure) {
  watch_.going_on(bin("channel_input_power", -18, -10), 1);
  EXPECT_EQ(watch_.standing().size(), 1U);
  watch_.ended(bin("channel_input_power", -17, -10), 2);
  EXPECT_EQ(watch_.standing().size(), 1U);
  watch_.ended(bin("channel_input_power", -16, -10), 3);
  EXPECT_TRUE(watch_.standing().empty());
}

TEST_F(ThresholdWatchTest, ABinWithoutFiguresChangesNothing) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  watch_.going_on(bin("channel_input_power", kNone, kNone), 1);
  EXPECT_TRUE(watch_.standing().empty());
  watch_.going_on(bin("channel_input_power", -20, -10), 2);
  watch_.ended(bin("channel_input_power", kNone, kNone), 3);
  EXPECT_EQ(watch_.standing().size(), 1U);
}

TEST_F(ThresholdWatchTest, KnowsWhatItWatches) {
  EXPECT_TRUE(watch_.watches(kErroredSeconds, store::kQuarterHour_s));
  EXPECT_FALSE(watch_.watches(kErroredSeconds, store::kDay_s));
  EXPECT_FALSE(watch_.watches("q_value", store::kQuarterHour_s));
}

}  // namespace
}  // namespace caspilink::performance
