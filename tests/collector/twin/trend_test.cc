#include "collector/twin/trend.h"

#include <cmath>
#include <numbers>
#include <random>

#include <gmock/gmock.h>

namespace caspilink::twin {
namespace {

constexpr double kYear = 365.2425;

// Weekly figures of a line that ages, with a season, noise and steps.
struct History {
  double years = 5;
  double level = 3.0;
  double per_year = -0.06;
  double season = 0.15;
  double noise = 0.02;
  std::vector<TrendStep> steps{};
  unsigned seed = 1;

  [[nodiscard]] std::vector<TrendPoint> points() const {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0, noise);
    std::vector<TrendPoint> points;
    for (double day = 20'000; day < 20'000 + years * kYear; day += 7) {
      double value = level + per_year * (day - 20'000) / kYear +
                     season * std::sin(2 * std::numbers::pi * day / kYear + 1) + normal(random);
      for (const TrendStep& step : steps) value += day >= step.day ? step.size : 0;
      points.push_back({day, value});
    }
    return points;
  }
};

TEST(TrendTest, AShortHistoryIsUnknown) {
  EXPECT_FALSE(Trend::fit(History{.years = 1.2}.points(), 0.1));
  EXPECT_TRUE(Trend::fit(History{.years = 1.3}.points(), 0.1));
  std::vector<TrendPoint> few = History{.years = 5}.points();
  few.resize(30);
  few.push_back({20'000 + 5 * kYear, 3});
  EXPECT_FALSE(Trend::fit(few, 0.1)) << "years, but hardly a figure";
}

TEST(TrendTest, SeasonAndAgeingAreToldApart) {
  const auto trend = Trend::fit(History{}.points(), 0.1);
  ASSERT_TRUE(trend);
  EXPECT_NEAR(trend->per_year().value, -0.06, 0.003);
  EXPECT_NEAR(trend->season(), 0.15, 0.01);
  EXPECT_NEAR(trend->scatter(), 0.02, 0.005);
  EXPECT_TRUE(trend->steps().empty());
}

TEST(TrendTest, ARepairIsAStepAndNoAgeing) {
  const double repaired = 20'000 + 2.4 * kYear;
  const auto trend = Trend::fit(History{.steps = {{.day = repaired, .size = -0.4}}}.points(), 0.1);
  ASSERT_TRUE(trend);
  ASSERT_EQ(trend->steps().size(), 1U);
  EXPECT_NEAR(trend->steps()[0].day, repaired, 8);
  EXPECT_NEAR(trend->steps()[0].size, -0.4, 0.02);
  EXPECT_NEAR(trend->per_year().value, -0.06, 0.01);
  // The level after it is what is left.
  EXPECT_NEAR(trend->at(20'000 + 5 * kYear).value, 3.0 - 0.06 * 5 - 0.4, 0.02);
}

TEST(TrendTest, TwoRepairsAreTwoSteps) {
  const auto trend = Trend::fit(
      History{.steps = {{20'000 + 1.5 * kYear, -0.3}, {20'000 + 3.3 * kYear, -0.25}}}.points(),
      0.1);
  ASSERT_TRUE(trend);
  EXPECT_EQ(trend->steps().size(), 2U);
  EXPECT_NEAR(trend->per_year().value, -0.06, 0.015);
}

TEST(TrendTest, OutliersDoNotPull) {
  auto points = History{}.points();
  for (std::size_t i = 5; i < points.size(); i += 12) points[i].value -= 1.5;
  const auto trend = Trend::fit(points, 0.1);
  ASSERT_TRUE(trend);
  EXPECT_NEAR(trend->per_year().value, -0.06, 0.01);
  EXPECT_TRUE(trend->steps().empty());
}

TEST(TrendTest, TheBoundsHoldWhatTheySay) {
  int held = 0;
  constexpr int kRuns = 200;
  for (unsigned seed = 1; seed <= kRuns; ++seed) {
    const auto trend = Trend::fit(History{.years = 3, .seed = seed}.points(), 0.1);
    const auto bounds = trend->per_year();
    held += bounds.low <= -0.06 && -0.06 <= bounds.high ? 1 : 0;
  }
  // 190 expected of 200; fewer than 176 would be a chance of one in a hundred thousand.
  EXPECT_GE(held, 176);
  EXPECT_LT(held, kRuns);
}

TEST(TrendTest, BoundsOpenTowardsTheFuture) {
  const auto trend = Trend::fit(History{.years = 3}.points(), 0.1);
  const auto width = [&](double year) {
    const auto bounds = trend->at(20'000 + year * kYear);
    return bounds.high - bounds.low;
  };
  EXPECT_LT(width(3), width(10));
  EXPECT_LT(width(10), width(25));
}

TEST(TrendTest, TheDayItRunsOutLiesWithinItsBounds) {
  // 3.0 - 0.1 t - 0.15 = 0 after 28.5 years.
  const auto trend = Trend::fit(History{.years = 8, .per_year = -0.1}.points(), 0.1);
  const auto crossing = trend->falls_below(0);
  ASSERT_TRUE(crossing.day && crossing.earliest && crossing.latest);
  EXPECT_NEAR((*crossing.day - 20'000) / kYear, 28.5, 1.0);
  EXPECT_LT(*crossing.earliest, *crossing.day);
  EXPECT_GT(*crossing.latest, *crossing.day);
  EXPECT_LT((*crossing.earliest - 20'000) / kYear, 28.5);
  EXPECT_GT((*crossing.latest - 20'000) / kYear, 28.5);
}

TEST(TrendTest, WhatDoesNotAgeDoesNotRunOut) {
  const auto trend = Trend::fit(History{.years = 8, .per_year = 0.01}.points(), 0.1);
  EXPECT_FALSE(trend->falls_below(0).day);
  EXPECT_FALSE(trend->falls_below(0).latest);
}

}  // namespace
}  // namespace caspilink::twin
