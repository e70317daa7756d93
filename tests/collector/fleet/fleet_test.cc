#include "collector/fleet/fleet.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/collector/small_plant.h"

namespace caspilink::fleet {
namespace {

using codec::Quantity;
using codec::Reading;
using store::SetAside;
using test::kSecond;
using test::kStart;
using testing::ElementsAre;
using testing::IsEmpty;

class FleetTest : public testing::Test {
 protected:
  FleetTest() {
    auto q = test::channel_point(Quantity::kQValue, "FP01", 32);
    auto strange = test::channel_point(Quantity::kQValue, "FP99", 32);
    auto average = q;
    average.statistic = codec::Statistic::kAverage;
    auto minimum = q;
    minimum.statistic = codec::Statistic::kMinimum;
    fleet_.declare(
        "aktau", {.boot = 1, .series = {{1, q}, {2, strange}, {4, average}, {5, minimum}}}, index_);
    place_ = *place_of(*plant_, "aktau", q);
  }

  store::JudgedBatch batch(std::vector<std::uint32_t> series, std::vector<std::int64_t> times,
                           std::vector<double> values, std::vector<Reading> readings = {}) {
    store::JudgedBatch judged{.agent = "aktau"};
    judged.batch = {.id = {1, 1},
                    .series = std::move(series),
                    .times_unix_ns = std::move(times),
                    .values = std::move(values),
                    .readings = std::move(readings)};
    judged.set_aside = fleet_.judge(index_, judged.batch, kStart);
    return judged;
  }

  std::shared_ptr<const plant::Plant> plant_ = test::small_plant();
  Fleet fleet_{plant_, 5 * kSecond};
  SeriesIndex index_;
  Place place_;
};

TEST_F(FleetTest, UnfitSamplesAreToldApartByReason) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const auto judged = batch(
      {1, 1, 1, 1, 1, 2, 3, 77, 1, 1},
      {kStart, kStart, kStart, kStart, kStart + 6 * kSecond, kStart, kStart, kStart, 0, kStart},
      {10, 40.5, kNan, -std::numeric_limits<double>::infinity(), 10, 10, 10, 10, 10, -10});
  EXPECT_THAT(judged.set_aside,
              ElementsAre(SetAside::kNone, SetAside::kOutOfRange, SetAside::kNotFinite,
                          SetAside::kNotFinite, SetAside::kFromFuture, SetAside::kNotOnPlant,
                          SetAside::kUnknownSeries, SetAside::kUnknownSeries,
                          SetAside::kInvalidTime, SetAside::kNone));
}

TEST_F(FleetTest, AGoodBatchCostsNoReasons) {
  EXPECT_THAT(batch({1, 1}, {kStart, kStart + 5 * kSecond}, {10, 11}).set_aside, IsEmpty());
}

TEST_F(FleetTest, WhatIsNoNumberIsNotJudgedByItsNumber) {
  EXPECT_THAT(batch({1}, {kStart}, {1e9}, {Reading::kNoLight}).set_aside, IsEmpty());
}

TEST_F(FleetTest, SamplesThatWereSetAsideMoveNothing) {
  fleet_.apply(index_, batch({1}, {kStart}, {41}));
  EXPECT_FALSE(fleet_.fresh(place_, kStart, kSecond));
  EXPECT_FALSE(fleet_.agents().at("aktau").newest_sample_unix_ns);
}

TEST_F(FleetTest, BackFillDoesNotMoveTheLatest) {
  fleet_.apply(index_, batch({1}, {kStart}, {10}));
  fleet_.apply(index_, batch({1}, {kStart - 10}, {7}));
  EXPECT_EQ(fleet_.fresh(place_, kStart, kSecond)->value, 10);
  EXPECT_EQ(fleet_.agents().at("aktau").newest_sample_unix_ns, kStart);
}

TEST_F(FleetTest, RowsOfOneBatchMayBeInAnyOrder) {
  fleet_.apply(index_, batch({1, 1, 1}, {kStart - 2, kStart, kStart - 1}, {1, 3, 2}));
  EXPECT_EQ(fleet_.fresh(place_, kStart, kSecond)->value, 3);
}

TEST_F(FleetTest, AReadingIsFreshUpToItsStalenessAndNotAfter) {
  fleet_.apply(index_, batch({1}, {kStart}, {10}));
  EXPECT_TRUE(fleet_.fresh(place_, kStart + kSecond, kSecond));
  EXPECT_FALSE(fleet_.fresh(place_, kStart + kSecond + 1, kSecond));
}

TEST_F(FleetTest, InstantComesBeforeAverageAndExtremesAreForTheStore) {
  fleet_.apply(index_, batch({5}, {kStart}, {3}));
  EXPECT_FALSE(fleet_.fresh(place_, kStart, kSecond));
  fleet_.apply(index_, batch({4}, {kStart}, {9}));
  EXPECT_EQ(fleet_.fresh(place_, kStart, kSecond)->value, 9);
  fleet_.apply(index_, batch({1}, {kStart - 5}, {10}));
  EXPECT_EQ(fleet_.fresh(place_, kStart, kSecond)->value, 10);
}

TEST_F(FleetTest, ApplyingTwiceEqualsOnce) {
  const auto judged = batch({1, 1}, {kStart, kStart - 1}, {10, 11});
  fleet_.apply(index_, judged);
  fleet_.apply(index_, judged);
  EXPECT_EQ(fleet_.fresh(place_, kStart, kSecond)->value, 10);
}

TEST_F(FleetTest, GoodAndUnfitSamplesAreCountedApart) {
  fleet_.count(batch({1, 1, 9}, {kStart, kStart, kStart}, {10, 99, 1}));
  const AgentState& agent = fleet_.agents().at("aktau");
  EXPECT_EQ(agent.batches, 1U);
  EXPECT_EQ(agent.samples, 1U);
  EXPECT_EQ(agent.set_aside[static_cast<std::size_t>(SetAside::kOutOfRange)], 1U);
  EXPECT_EQ(agent.set_aside[static_cast<std::size_t>(SetAside::kUnknownSeries)], 1U);
}

TEST_F(FleetTest, ModulesAreBoundedWhateverAnAgentNames) {
  SeriesIndex index;
  codec::Catalogue catalogue{.boot = 1, .series = {}};
  for (std::uint32_t number = 1; number <= 20'001; ++number) {
    catalogue.series.push_back(
        {number, {.quantity = Quantity::kModuleTemperature, .source = fmt::format("m{}", number)}});
  }
  fleet_.declare("aktau", catalogue, index);
  const codec::Batch last{.id = {1, 1},
                          .series = {20'000, 20'001},
                          .times_unix_ns = {kStart, kStart},
                          .values = {20, 20}};
  EXPECT_THAT(fleet_.judge(index, last, kStart),
              ElementsAre(SetAside::kNone, SetAside::kNotOnPlant));
  EXPECT_LE(fleet_.agents().at("aktau").newest_of_source_unix_ns.size(), 256U);
}

}  // namespace
}  // namespace caspilink::fleet
