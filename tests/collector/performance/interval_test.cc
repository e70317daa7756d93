#include "collector/performance/interval.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/collector/small_plant.h"

namespace caspilink::performance {
namespace {

using codec::Quantity;
using codec::Reading;

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'000'000;  // a quarter of an hour begins then

class IntervalTest : public testing::Test {
 protected:
  // A reading of FP01's channel 32 as the station at its end reports it.
  void reading(Interval& interval, const std::string& station, Quantity quantity,
               std::int64_t second, Reading reading, double value = 0, std::uint32_t channel = 32) {
    const auto place = places_.number(station, test::channel_point(quantity, "FP01", channel));
    ASSERT_TRUE(place);
    interval.add(*place, (kBegin + second) * kNanos, codec::Statistic::kInstant, reading, value,
                 settings_);
  }
  // Light every second, but not in these.
  void light(Interval& interval, const std::string& station, std::int64_t dark_from,
             std::int64_t dark_until, std::uint32_t channel = 32) {
    for (std::int64_t second = -kMargin_s; second < 900 + kMargin_s; ++second) {
      const bool dark = second >= dark_from && second < dark_until;
      reading(interval, station, Quantity::kChannelInputPower, second,
              dark ? Reading::kNoLight : Reading::kValue, -10, channel);
    }
  }
  double count(const Interval& interval, const std::string& quantity,
               const std::string& direction = "a-b", std::uint32_t channel = 32) {
    const auto bins = interval.bins(settings_, [](std::string_view) { return true; });
    const auto found = std::ranges::find_if(bins, [&](const store::BinRecord& bin) {
      return bin.place.quantity == quantity && bin.place.direction == direction &&
             bin.place.channel == channel;
    });
    EXPECT_NE(found, bins.end()) << quantity;
    return found == bins.end() ? -1 : found->last;
  }

  Settings settings_;
  Places places_{test::small_plant(), 1000};
};

TEST_F(IntervalTest, NineDarkSecondsAreSevereAndTenAreUnavailable) {
  Interval nine(places_, kBegin);
  light(nine, "aktau", 100, 109);
  EXPECT_EQ(count(nine, kSeverelyErroredSeconds), 9);
  EXPECT_EQ(count(nine, kUnavailableSeconds), 0);
  Interval ten(places_, kBegin);
  light(ten, "aktau", 100, 110);
  EXPECT_EQ(count(ten, kSeverelyErroredSeconds), 0);
  EXPECT_EQ(count(ten, kErroredSeconds), 0);
  EXPECT_EQ(count(ten, kUnavailableSeconds), 10);
}

TEST_F(IntervalTest, TheTenSecondsAreCountedWhereTheyLieAcrossTheEdges) {
  Interval first(places_, kBegin);
  light(first, "aktau", 895, 905);
  EXPECT_EQ(count(first, kUnavailableSeconds), 5);
  Interval second(places_, kBegin);
  light(second, "aktau", -5, 5);
  EXPECT_EQ(count(second, kUnavailableSeconds), 5);
}

TEST_F(IntervalTest, BlocksMakeErroredAndSevereSeconds) {
  Interval interval(places_, kBegin);
  light(interval, "aktau", 0, 0);
  reading(interval, "aktau", Quantity::kFecUncorrectableBlocks, 10, Reading::kValue, 7);
  reading(interval, "aktau", Quantity::kFecUncorrectableBlocks, 11, Reading::kValue, 0);
  reading(interval, "aktau", Quantity::kErroredBlocksRatio, 20, Reading::kValue, 0.15);
  reading(interval, "aktau", Quantity::kErroredBlocksRatio, 21, Reading::kValue, 0.149);
  EXPECT_EQ(count(interval, kErroredSeconds), 3);
  EXPECT_EQ(count(interval, kSeverelyErroredSeconds), 1);
  EXPECT_EQ(count(interval, kBackgroundBlockErrors), 7 + std::ceil(0.149 * 856'388));
}

TEST_F(IntervalTest, SparseReadingsHoldTheirLightAndSilenceIsNotKnown) {
  Interval interval(places_, kBegin);
  for (const int second : {0, 20, 40}) {
    reading(interval, "aktau", Quantity::kChannelInputPower, second,
            second == 20 ? Reading::kNoLight : Reading::kValue, -10);
  }
  EXPECT_EQ(count(interval, kUnavailableSeconds), 20);
  const auto bins = interval.bins(
      settings_, [](std::string_view quantity) { return quantity == kErroredSeconds; });
  ASSERT_EQ(bins.size(), 1U);
  EXPECT_EQ(bins[0].samples, 40U + 31U) << "and 30 s of the last reading";
  EXPECT_TRUE(bins[0].suspect);
}

TEST_F(IntervalTest, APairIsUnavailableWhileEitherDirectionIsWhole) {
  Interval interval(places_, kBegin);
  for (const std::uint32_t channel : {1U, 32U}) {
    // Towards Aktau both channels are dark together for 20 s, one alone for longer.
    light(interval, "aktau", 100, channel == 1 ? 150 : 120, channel);
    light(interval, "sumgait", 110, 130, channel);
  }
  EXPECT_EQ(count(interval, kUnavailableSeconds, "", 0), 30);
}

TEST_F(IntervalTest, APairWithOneDirectionUnheardIsKnownOnlyWhereTheOtherIsDown) {
  Interval interval(places_, kBegin);
  light(interval, "aktau", 100, 120);
  const auto bins = interval.bins(settings_, [](std::string_view) { return true; });
  const auto pair = std::ranges::find_if(bins, [](const store::BinRecord& bin) {
    return bin.place.quantity == kUnavailableSeconds && bin.place.direction.empty();
  });
  ASSERT_NE(pair, bins.end());
  EXPECT_EQ(pair->last, 20);
  EXPECT_EQ(pair->samples, 20U);
}

TEST_F(IntervalTest, TheOrderOfReadingsMakesNoDifference) {
  struct Each {
    std::int64_t second;
    double value;
    double errored_blocks;
  };
  std::mt19937 random(8201);
  std::vector<Each> readings;
  for (std::int64_t second = -kMargin_s; second < 960; ++second) {
    readings.push_back(
        {second, static_cast<double>(random() % 16) / 4 - 12, static_cast<double>(random() % 4)});
  }
  const auto bins_of = [&] {
    Interval interval(places_, kBegin);
    for (const Each& each : readings) {
      reading(interval, "aktau", Quantity::kChannelInputPower, each.second,
              each.value > -9 ? Reading::kNoLight : Reading::kValue, each.value);
      reading(interval, "aktau", Quantity::kFecUncorrectableBlocks, each.second, Reading::kValue,
              each.errored_blocks);
    }
    return interval.bins(settings_, [](std::string_view) { return true; });
  };
  const auto forward = bins_of();
  std::ranges::shuffle(readings, random);
  EXPECT_EQ(bins_of(), forward);
}

}  // namespace
}  // namespace caspilink::performance
