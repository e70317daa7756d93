#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "collector/performance/day.h"
#include "collector/performance/service_level.h"
#include "collector/performance/settings.h"

namespace caspilink::performance {
namespace {

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kDay = 1'800'057'600;  // midnight UTC
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

store::BinRecord quarter(const std::string& quantity, int number, double low, double mean,
                         double high, std::uint64_t samples) {
  return {.place = {.quantity = quantity, .fibre_pair = "FP01"},
          .start_unix_ns = (kDay + 900 * number) * kNanos,
          .minimum = low,
          .average = mean,
          .maximum = high,
          .last = high,
          .last_unix_ns = (kDay + 900 * number + 899) * kNanos,
          .samples = samples};
}

TEST(DayTest, BeginsAtMidnight) { ASSERT_EQ(kDay % store::kDay_s, 0); }

TEST(DayTest, WeighsAveragesAndKeepsExtremesAndTheLast) {
  const auto days =
      day_of(kDay, {quarter("q_value", 5, 7, 8, 9, 300), quarter("q_value", 2, 6, 7, 8.5, 100),
                    quarter("q_value", 3, kNone, kNone, kNone, 0)});
  ASSERT_EQ(days.size(), 1U);
  EXPECT_EQ(days[0].length_s, store::kDay_s);
  EXPECT_EQ(days[0].start_unix_ns, kDay * kNanos);
  EXPECT_EQ(days[0].minimum, 6);
  EXPECT_DOUBLE_EQ(days[0].average, 7.75);
  EXPECT_EQ(days[0].maximum, 9);
  EXPECT_EQ(days[0].last, 9);
  EXPECT_EQ(days[0].samples, 400U);
  EXPECT_TRUE(days[0].suspect) << "93 quarters are missing";
}

TEST(DayTest, AddsCounts) {
  std::vector<store::BinRecord> quarters;
  for (int number = 0; number < 96; ++number) {
    quarters.push_back(quarter(kErroredSeconds, number, 2, 2, 2, 900));
  }
  const auto days = day_of(kDay, quarters);
  ASSERT_EQ(days.size(), 1U);
  EXPECT_EQ(days[0].last, 192);
  EXPECT_EQ(days[0].samples, 86'400U);
  EXPECT_FALSE(days[0].suspect);
}

TEST(DayTest, LeavesOtherDaysOut) {
  EXPECT_TRUE(day_of(kDay, {quarter("q_value", 96, 1, 1, 1, 1), quarter("q_value", -1, 1, 1, 1, 1)})
                  .empty());
}

TEST(ServiceLevelTest, StatesAvailabilityOfTheSecondsThatAreKnown) {
  const auto levels =
      service_levels({quarter(kUnavailableSeconds, 1, 90, 90, 90, 900),
                      quarter(kUnavailableSeconds, 2, 0, 0, 0, 600),
                      quarter("round_trip_delay", 1, 0.0037, 0.0038, 0.004, 10),
                      quarter("round_trip_delay", 2, 0.0037, 0.004, 0.005, 30),
                      quarter("round_trip_delay_minimum", 1, 0.00371, 0.0038, 0.004, 9),
                      quarter("round_trip_delay_maximum", 1, 0.0037, 0.0038, 0.009, 9)});
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(levels[0].known_seconds, 1500U);
  EXPECT_EQ(levels[0].unavailable_seconds, 90U);
  EXPECT_DOUBLE_EQ(levels[0].availability.value(), 0.94);
  EXPECT_DOUBLE_EQ(levels[0].latency_average.value().value(), 0.00395);
  EXPECT_EQ(levels[0].latency_minimum.value().value(), 0.00371);
  EXPECT_EQ(levels[0].latency_maximum.value().value(), 0.009);
  EXPECT_FALSE(levels[0].probe_loss);
}

TEST(ServiceLevelTest, WithoutAKnownSecondThereIsNoAvailability) {
  const auto levels = service_levels({quarter("round_trip_delay", 1, 1, 1, 1, 1)});
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_FALSE(levels[0].availability);
}

TEST(ServiceLevelTest, ReadsMonths) {
  const auto leap = month_of("2028-02");
  ASSERT_TRUE(leap);
  EXPECT_EQ(leap->from_unix_s, 1'832'976'000);
  EXPECT_EQ(leap->until_unix_s - leap->from_unix_s, 29 * 86'400);
  for (const char* wrong : {"", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01",
                            "2026/11", "1969-12", "x026-11"}) {
    EXPECT_FALSE(month_of(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace caspilink::performance
