#include "collector/assess/assess.h"

#include <gtest/gtest.h>

#include "tests/collector/small_plant.h"

namespace caspilink::assess {
namespace {

using codec::Quantity;
using codec::Reading;
using test::kSecond;
using test::kStart;

class AssessTest : public testing::Test {
 protected:
  Assessment now(std::int64_t time = kStart) { return assess(model_, fleet_, settings_, time); }
  const DirectionAssessment& direction(const Assessment& all, std::size_t index) {
    return all.directions.at(index);
  }
  // Q of a channel of FP01 a-b, as its margin.
  void margin(std::uint32_t channel, double margin_db) {
    const double limit = model_.budget("FP01", plant::Direction::kAToB).fec_q_limit.value();
    feed_.value("aktau", test::channel_point(Quantity::kQValue, "FP01", channel), kStart,
                limit + margin_db);
  }

  std::shared_ptr<const plant::Plant> plant_ = test::small_plant();
  Model model_ = Model::build(plant_).value();
  fleet::Fleet fleet_{plant_, 5 * kSecond};
  test::Feed feed_{fleet_};
  Settings settings_{
      .staleness_ns = 30 * kSecond, .silence_ns = 30 * kSecond, .started_unix_ns = kStart};
};

TEST_F(AssessTest, WithoutReadingsEverythingIsUnknownAndNothingIsANumber) {
  const auto all = now();
  ASSERT_EQ(all.directions.size(), 4U);
  for (const auto& line : all.directions) {
    EXPECT_EQ(line.verdict, Verdict::kUnknown);
    EXPECT_FALSE(line.margin);
    EXPECT_FALSE(line.no_light);
    EXPECT_EQ(line.channels.size(), 4U);
    for (const auto& channel : line.channels) EXPECT_EQ(channel.verdict, Verdict::kUnknown);
  }
  for (const auto& path : all.paths) EXPECT_EQ(path.verdict, Verdict::kUnknown);
}

TEST_F(AssessTest, MarginIsObservedQLessTheFecLimit) {
  for (const std::uint32_t channel : {1U, 32U, 64U, 96U}) margin(channel, 2.5);
  margin(64, 1.75);
  feed_.value("aktau", test::channel_point(Quantity::kQValue, "FP01", 64), kStart + 1,
              model_.budget("FP01", plant::Direction::kAToB).fec_q_limit.value() + 1.75);
  const auto all = now(kStart + 1);
  EXPECT_NEAR(direction(all, 0).margin->value(), 1.75, 1e-12);
  EXPECT_EQ(direction(all, 0).verdict, Verdict::kWithinBudget);
  EXPECT_EQ(direction(all, 1).verdict, Verdict::kUnknown) << "the other direction";
}

TEST_F(AssessTest, TheWorstLitChannelDecides) {
  margin(1, 3);
  margin(32, 0.7);
  margin(64, 3);
  EXPECT_EQ(direction(now(), 0).verdict, Verdict::kMarginLow) << "one of four unknown";
  margin(96, -0.2);
  EXPECT_EQ(direction(now(), 0).verdict, Verdict::kBelowBudget);
}

TEST_F(AssessTest, OneUnknownChannelKeepsADirectionFromBeingGood) {
  for (const std::uint32_t channel : {1U, 32U, 64U}) margin(channel, 3);
  EXPECT_EQ(direction(now(), 0).verdict, Verdict::kUnknown);
  margin(96, 3);
  EXPECT_EQ(direction(now(), 0).verdict, Verdict::kWithinBudget);
}

TEST_F(AssessTest, AStaleReadingIsUnknown) {
  for (const std::uint32_t channel : {1U, 32U, 64U, 96U}) margin(channel, 3);
  EXPECT_EQ(direction(now(kStart + 30 * kSecond), 0).verdict, Verdict::kWithinBudget);
  const auto late = now(kStart + 30 * kSecond + 1);
  EXPECT_EQ(direction(late, 0).verdict, Verdict::kUnknown);
  EXPECT_FALSE(direction(late, 0).margin);
}

TEST_F(AssessTest, NoLightIsBelowBudgetAndHasNoMargin) {
  margin(1, 3);
  feed_.reading("aktau", test::channel_point(Quantity::kChannelInputPower, "FP01", 1), kStart,
                Reading::kNoLight);
  const auto all = now();
  EXPECT_EQ(direction(all, 0).channels[0].no_light, true);
  EXPECT_EQ(direction(all, 0).channels[0].verdict, Verdict::kBelowBudget);
  EXPECT_FALSE(direction(all, 0).channels[0].margin);
}

TEST_F(AssessTest, AWithdrawnReadingIsUnknown) {
  feed_.reading("aktau", test::channel_point(Quantity::kQValue, "FP01", 1), kStart,
                Reading::kWithdrawn);
  EXPECT_EQ(direction(now(), 0).channels[0].verdict, Verdict::kUnknown);
}

TEST_F(AssessTest, ThresholdsAreThePlants) {
  const plant::AlarmThresholds thresholds;
  EXPECT_EQ(verdict_of(Db(1.0), thresholds), Verdict::kWithinBudget);
  EXPECT_EQ(verdict_of(Db(0.999), thresholds), Verdict::kMarginLow);
  EXPECT_EQ(verdict_of(Db(0.0), thresholds), Verdict::kBelowBudget);
}

TEST_F(AssessTest, LatencyIsJudgedByTheSmallestDelayEitherWay) {
  const double budget = model_.round_trip("FP01").value();
  const double limit = 2 * plant_->thresholds.latency_tolerance.value();  // of a round trip
  const auto path = [&](Quantity quantity) { return test::path_point(quantity, "FP01", "aktau"); };
  feed_.value("sumgait", path(Quantity::kRoundTripDelay), kStart, budget + 10 * limit);
  EXPECT_EQ(now().paths[0].verdict, Verdict::kBelowBudget) << "only the median is there";
  feed_.value("sumgait", path(Quantity::kRoundTripDelayMinimum), kStart, budget + 0.97 * limit);
  EXPECT_EQ(now().paths[0].verdict, Verdict::kWithinBudget);
  feed_.value("sumgait", path(Quantity::kRoundTripDelayMinimum), kStart + 1, budget - 1.03 * limit);
  EXPECT_EQ(now(kStart + 1).paths[0].verdict, Verdict::kBelowBudget);
  EXPECT_EQ(now().paths[1].verdict, Verdict::kUnknown) << "seen from the other station";
}

TEST_F(AssessTest, AnAgentIsSilentAfterItsTimeAndNotBeforeItCouldSpeak) {
  EXPECT_FALSE(now(kStart + 30 * kSecond).stations[0].silent);
  EXPECT_TRUE(now(kStart + 31 * kSecond).stations[0].silent);
  feed_.value("sumgait", test::line_point(Quantity::kLineInputPower, "FP01"), kStart + 20 * kSecond,
              1);
  EXPECT_FALSE(now(kStart + 50 * kSecond).stations[0].silent);
  EXPECT_TRUE(now(kStart + 50 * kSecond).stations[1].silent);
}

}  // namespace
}  // namespace caspilink::assess
