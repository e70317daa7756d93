#include "proto/codec/reading_names.h"

#include <gtest/gtest.h>

namespace caspilink::codec {
namespace {

// Dumps that people keep have these words: they never change.
TEST(ReadingNamesTest, EveryWordIsTheOneOnDisk) {
  EXPECT_EQ(to_string(Reading::kValue), "value");
  EXPECT_EQ(to_string(Reading::kNoLight), "no_light");
  EXPECT_EQ(to_string(Reading::kBelowRange), "below_range");
  EXPECT_EQ(to_string(Reading::kNotSupported), "not_supported");
  EXPECT_EQ(to_string(Reading::kWithdrawn), "withdrawn");
  EXPECT_EQ(to_string(Statistic::kInstant), "instant");
  EXPECT_EQ(to_string(Statistic::kAverage), "average");
  EXPECT_EQ(to_string(Statistic::kMinimum), "minimum");
  EXPECT_EQ(to_string(Statistic::kMaximum), "maximum");
  EXPECT_EQ(reading_names().size(), 5U);
  EXPECT_EQ(statistic_names().size(), 4U);
}

}  // namespace
}  // namespace caspilink::codec
