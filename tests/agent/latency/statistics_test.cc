#include "agent/latency/statistics.h"

#include <numeric>

#include <gtest/gtest.h>

#include "agent/latency/clock.h"

namespace caspilink::latency {
namespace {

TEST(QuantilesTest, AreTheNearestRanks) {
  std::vector<std::int64_t> values(100);
  std::iota(values.rbegin(), values.rend(), 1);
  EXPECT_EQ(quantiles_of(values), (Quantiles{1, 50, 95, 99, 100}));
  std::vector<std::int64_t> one = {7};
  EXPECT_EQ(quantiles_of(one), (Quantiles{7, 7, 7, 7, 7}));
}

TEST(HistogramTest, ABoundBelongsToItsBucketAndTheRestToTheLast) {
  static constexpr auto kBounds = std::to_array<double>({0, 1e-3, 2e-3});
  Histogram histogram(kBounds);
  for (const std::int64_t ns : {-5, 0, 1, 1'000'000, 1'000'001, 9'000'000}) histogram.add(ns);
  EXPECT_EQ(histogram.counts(), (std::vector<std::uint64_t>{2, 2, 1, 1}));
  EXPECT_NEAR(histogram.sum(), 10.999997e-3, 1e-12);
}

TEST(ClockTest, AStepIsAMoveThatSlewingDoesNotExplain) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const Moment before{.unix_ns = 50 * kSecond, .steady_ns = 10 * kSecond};
  const auto after = [&](std::int64_t moved) {
    return Moment{.unix_ns = 51 * kSecond + moved, .steady_ns = 11 * kSecond};
  };
  EXPECT_FALSE(stepped_between(before, after(0)));
  EXPECT_FALSE(stepped_between(before, after(500'000))) << "500 ppm";
  EXPECT_FALSE(stepped_between(before, after(-500'000)));
  EXPECT_TRUE(stepped_between(before, after(kSecond))) << "a leap second";
  EXPECT_TRUE(stepped_between(before, after(-kSecond)));
  EXPECT_TRUE(stepped_between(before, after(2'000'000)));
}

TEST(ClockTest, AKernelsStampIsOnTheSteadyClockToo) {
  const Moment read{.unix_ns = 1'000'000, .steady_ns = 500'000};
  const auto moment = moment_of(900'000, read);
  ASSERT_TRUE(moment);
  EXPECT_EQ(moment->unix_ns, 900'000);
  EXPECT_EQ(moment->steady_ns, 400'000);
  EXPECT_FALSE(moment_of(1'000'001, read)) << "not from the future";
  EXPECT_FALSE(moment_of(1'000'000 - 61'000'000'000, read)) << "nor from an hour ago";
}

}  // namespace
}  // namespace caspilink::latency
