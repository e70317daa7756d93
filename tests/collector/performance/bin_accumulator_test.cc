#include "collector/performance/bin_accumulator.h"

#include <cmath>

#include <gtest/gtest.h>

namespace caspilink::performance {
namespace {

using codec::Reading;
using codec::Statistic;

constexpr std::int64_t kStart = 1'800'000'000;
constexpr std::int64_t kNanos = 1'000'000'000;

class BinAccumulatorTest : public testing::Test {
 protected:
  void add(std::uint32_t second, double value, Statistic statistic = Statistic::kInstant,
           Reading reading = Reading::kValue) {
    bin_.add(second, (kStart + second) * kNanos, statistic, reading, value);
  }
  store::BinRecord record() { return bin_.record({.quantity = "q_value"}, kStart, 30); }

  BinAccumulator bin_;
};

TEST_F(BinAccumulatorTest, HoldsLeastMeanMostAndLast) {
  for (const auto& [second, value] : {std::pair{0U, 4.0}, {300U, 9.0}, {899U, 2.0}, {600U, 5.0}}) {
    add(second, value);
  }
  const auto bin = record();
  EXPECT_EQ(bin.minimum, 2);
  EXPECT_EQ(bin.average, 5);
  EXPECT_EQ(bin.maximum, 9);
  EXPECT_EQ(bin.last, 2);  // by its own time, not by its arrival
  EXPECT_EQ(bin.last_unix_ns, (kStart + 899) * kNanos);
  EXPECT_EQ(bin.samples, 4U);
  EXPECT_TRUE(bin.suspect);
}

TEST_F(BinAccumulatorTest, IsSuspectOnlyWhereReadingsLackForTooLong) {
  for (std::uint32_t second = 0; second < 900; second += 10) {
    if (second < 300 || second >= 330) add(second, 1);
  }
  EXPECT_FALSE(record().suspect);
  BinAccumulator longer;
  for (std::uint32_t second = 0; second < 900; second += 10) {
    if (second < 300 || second >= 350) {
      longer.add(second, (kStart + second) * kNanos, Statistic::kInstant, Reading::kValue, 1);
    }
  }
  EXPECT_TRUE(longer.record({}, kStart, 30).suspect);
}

TEST_F(BinAccumulatorTest, NoLightAllAlongIsKnownAndHasNoFigures) {
  for (std::uint32_t second = 0; second < 900; second += 10) {
    add(second, 0, Statistic::kInstant, Reading::kNoLight);
  }
  const auto bin = record();
  EXPECT_FALSE(bin.suspect);
  EXPECT_EQ(bin.samples, 0U);
  for (const double figure : {bin.minimum, bin.average, bin.maximum, bin.last}) {
    EXPECT_TRUE(std::isnan(figure));
  }
}

TEST_F(BinAccumulatorTest, EquipmentsOwnExtremesCountAndItsAveragesStandInForInstants) {
  add(1, 5, Statistic::kAverage);
  add(1, 1, Statistic::kMinimum);
  add(1, 8, Statistic::kMaximum);
  EXPECT_EQ(record().minimum, 1);
  EXPECT_EQ(record().average, 5);
  EXPECT_EQ(record().maximum, 8);
  EXPECT_EQ(record().samples, 1U);
  add(2, 7);
  EXPECT_EQ(record().average, 7) << "an instant reading counts, an average beside it does not";
}

}  // namespace
}  // namespace caspilink::performance
