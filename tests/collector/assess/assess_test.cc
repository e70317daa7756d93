#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "collector/assess/look.h"
#include "link_models/physics/q_factor.h"
#include "link_models/plant/line.h"
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
  for (const std::uint32_t channel : {1U, 32U, 64U, 96U}) margin(channel, 3.5);
  margin(64, 2.75);
  feed_.value("aktau", test::channel_point(Quantity::kQValue, "FP01", 64), kStart + 1,
              model_.budget("FP01", plant::Direction::kAToB).fec_q_limit.value() + 2.75);
  const auto all = now(kStart + 1);
  EXPECT_NEAR(direction(all, 0).margin->value(), 2.75, 1e-12);
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
  const auto change = now(kStart + 1).paths[0].fibre_change;
  ASSERT_TRUE(change);
  EXPECT_NEAR(change->each_way.value(), -1.03 * limit / budget * 380, 1e-6);
  EXPECT_GT(change->uncertainty.value(), 5) << "50 us of stamping alone are 5 km each way";
  EXPECT_EQ(now().paths[1].verdict, Verdict::kUnknown) << "seen from the other station";
}

TEST_F(AssessTest, OneWayDelaysAreKnownWithinWhatClocksAndStampsLeaveOpen) {
  const auto say = [&](Quantity quantity, double value) {
    feed_.value("aktau", test::path_point(quantity, "FP01", "sumgait"), kStart, value);
  };
  const double out = model_.budget("FP01", plant::Direction::kBToA).latency.value();
  const double in = model_.budget("FP01", plant::Direction::kAToB).latency.value();
  say(Quantity::kOneWayDelayOutbound, out + 700e-6);
  say(Quantity::kOneWayDelayInbound, in - 20e-6);
  EXPECT_FALSE(now().paths[1].ways) << "without the clocks' bound they say nothing";
  say(Quantity::kOneWayDelayErrorBound, 30e-6);
  const auto path = now().paths[1];
  EXPECT_EQ(path.outbound, plant::Direction::kBToA);
  ASSERT_TRUE(path.ways);
  EXPECT_NEAR(path.ways->outbound.value(), 700e-6, 1e-12);
  EXPECT_NEAR(path.ways->inbound.value(), -20e-6, 1e-12);
  const double stamps = std::hypot(plant_->thresholds.latency_tolerance.value() / 4, 50e-6);
  EXPECT_NEAR(path.ways->bound.value(), 30e-6 + 2 * stamps, 1e-12);
  EXPECT_FALSE(now().paths[0].ways) << "the other station's";
}

TEST_F(AssessTest, AnAgentIsSilentAfterItsTimeAndNotBeforeItCouldSpeak) {
  EXPECT_FALSE(now(kStart + 30 * kSecond).stations[0].silent);
  EXPECT_TRUE(now(kStart + 31 * kSecond).stations[0].silent);
  feed_.value("sumgait", test::line_point(Quantity::kLineInputPower, "FP01"), kStart + 20 * kSecond,
              1);
  EXPECT_FALSE(now(kStart + 50 * kSecond).stations[0].silent);
  EXPECT_TRUE(now(kStart + 50 * kSecond).stations[1].silent);
}

// ---- against the twin ----

class ResidualTest : public AssessTest {
 protected:
  void good_margins() {
    for (const std::uint32_t channel : {1U, 32U, 64U, 96U}) margin(channel, 3);
  }
  double expected(const std::string& station, const codec::MeasurementPoint& point) {
    return *model_.expected(*fleet::place_of(*plant_, station, point));
  }
  // Reads what is expected and so much more, at the station that reports it.
  void off(const std::string& station, const codec::MeasurementPoint& point, double by) {
    feed_.value(station, point, kStart, expected(station, point) + by);
  }
  static codec::MeasurementPoint element(Quantity quantity, std::string name) {
    return {.quantity = quantity, .fibre_pair = "FP01", .element = std::move(name)};
  }
  static codec::MeasurementPoint feed_point(Quantity quantity, std::string unit = {}) {
    return {.quantity = quantity, .element = std::move(unit)};
  }
};

TEST_F(ResidualTest, AResidualCarriesTheUncertaintyOfBothSides) {
  off("aktau", test::channel_point(Quantity::kChannelInputPower, "FP01", 32), -0.7);
  const auto all = now();
  const auto& channel = direction(all, 0).channels.at(1);
  const auto& power = channel.of(Quantity::kChannelInputPower);
  ASSERT_TRUE(power);
  EXPECT_NEAR(power->residual, -0.7, 1e-12);
  EXPECT_NEAR(power->uncertainty, std::hypot(0.4, 0.3), 1e-12);
}

TEST_F(ResidualTest, ReceivePowerOffItsModelIsNotWithinBudget) {
  good_margins();
  const auto point = test::channel_point(Quantity::kChannelInputPower, "FP01", 32);
  off("aktau", point, -0.9);
  EXPECT_EQ(direction(now(), 0).verdict, Verdict::kWithinBudget);
  off("aktau", point, 0);
  feed_.value("aktau", point, kStart + 1, expected("aktau", point) - 1.2);
  EXPECT_EQ(direction(now(kStart + 1), 0).channels[1].verdict, Verdict::kMarginLow);
  feed_.value("aktau", point, kStart + 2, expected("aktau", point) + 3.5);
  EXPECT_EQ(direction(now(kStart + 2), 0).channels[1].verdict, Verdict::kBelowBudget);
}

TEST_F(ResidualTest, AResidualWithinItsUncertaintyMeansNothing) {
  auto tolerances = twin::Tolerances::defaults(plant_->thresholds);
  tolerances.set(Quantity::kChannelInputPower,
                 {.model = 1.0, .measurement = 0.1, .minor = 1.0, .major = 3.0});
  settings_.tolerances = tolerances;
  good_margins();
  off("aktau", test::channel_point(Quantity::kChannelInputPower, "FP01", 32), -1.9);
  EXPECT_EQ(direction(now(), 0).channels[1].verdict, Verdict::kWithinBudget);
}

TEST_F(ResidualTest, WithoutQAChannelIsUnknownWhateverElseItReports) {
  off("aktau", test::channel_point(Quantity::kChannelInputPower, "FP01", 32), 0);
  EXPECT_EQ(direction(now(), 0).channels[1].verdict, Verdict::kUnknown);
}

TEST_F(ResidualTest, DispersionOfAnotherRouteIsSeen) {
  good_margins();
  const auto point = test::channel_point(Quantity::kChromaticDispersion, "FP01", 32);
  off("aktau", point, 0.15 * expected("aktau", point));
  EXPECT_EQ(direction(now(), 0).channels[1].verdict, Verdict::kBelowBudget);
}

TEST_F(ResidualTest, BodiesOfTheLineAreJudgedWhereTheyReport) {
  good_margins();
  off("aktau", element(Quantity::kSpanLoss, "S3"), 0.1);
  off("aktau", element(Quantity::kRepeaterGain, "R2"), -0.8);
  const auto all = now();
  const auto& line = direction(all, 0);
  ASSERT_EQ(line.figures.size(), 2U);
  ASSERT_TRUE(line.of(Quantity::kRepeaterGain, "R2") && line.of(Quantity::kSpanLoss, "S3"));
  EXPECT_EQ(line.of(Quantity::kRepeaterGain, "R2")->verdict, Verdict::kMarginLow);
  EXPECT_EQ(line.of(Quantity::kSpanLoss, "S3")->verdict, Verdict::kWithinBudget);
  EXPECT_EQ(line.verdict, Verdict::kMarginLow);
  EXPECT_TRUE(direction(all, 1).figures.empty()) << "the other direction's are its own";
}

TEST_F(ResidualTest, TiltIsJudgedOfAmplifiersAndOfWhatArrives) {
  good_margins();
  off("aktau", element(Quantity::kRepeaterGainTilt, "R2"), 1.5);
  off("aktau", test::line_point(Quantity::kLineInputTilt, "FP01"), 0.5);
  const auto all = now();
  const auto& line = direction(all, 0);
  const Deviation* of_repeater = line.of(Quantity::kRepeaterGainTilt, "R2");
  ASSERT_TRUE(of_repeater && line.of(Quantity::kLineInputTilt));
  EXPECT_EQ(of_repeater->verdict, Verdict::kMarginLow);
  EXPECT_NEAR(of_repeater->uncertainty, std::hypot(0.5, 0.3), 1e-9);
  EXPECT_EQ(line.of(Quantity::kLineInputTilt)->verdict, Verdict::kWithinBudget);
  EXPECT_EQ(line.verdict, Verdict::kMarginLow);
  const auto tilt = test::line_point(Quantity::kLineInputTilt, "FP01");
  feed_.value("aktau", tilt, kStart + 1, expected("aktau", tilt) - 4);
  const auto later = now(kStart + 1);
  EXPECT_EQ(later.directions[0].of(Quantity::kLineInputTilt)->verdict, Verdict::kBelowBudget);
  EXPECT_EQ(now(kStart + 1).directions[0].verdict, Verdict::kBelowBudget);
}

// Every quantity of a channel that the twin expects something of: what it may be off by, and by
// how much it may not; better than the model is no fault where that is what `better` is.
struct Off {
  Quantity quantity;
  double within, low, below;
  double better;
};

TEST_F(ResidualTest, EveryFigureOfAChannelIsJudged) {
  const auto dispersion = test::channel_point(Quantity::kChromaticDispersion, "FP01", 32);
  const auto pmd = test::channel_point(Quantity::kPolarizationModeDispersion, "FP01", 32);
  const auto pdl = test::channel_point(Quantity::kPolarizationDependentLoss, "FP01", 32);
  const double cd = expected("aktau", dispersion);
  const double dgd = expected("aktau", pmd);
  const double loss = expected("aktau", pdl);
  std::int64_t time = kStart;
  for (const Off& row :
       {Off{Quantity::kChannelOutputPower, 0.9, 1.1, -3.1, 0},
        Off{Quantity::kMonitoredChannelLaunchPower, -0.9, -1.1, 3.1, 0},
        Off{Quantity::kMonitoredChannelPower, 0.9, 1.1, -3.1, 0},
        Off{Quantity::kChannelInputPower, -0.9, -1.1, 3.1, 0},
        Off{Quantity::kChromaticDispersion, 0.01 * cd, -0.03 * cd, 0.11 * cd, 0},
        Off{Quantity::kPolarizationModeDispersion, 2.4 * dgd, 2.6 * dgd, 4.1 * dgd, -dgd},
        Off{Quantity::kPolarizationDependentLoss, 2.9 * loss, 3.1 * loss, 5.1 * loss, -loss},
        Off{Quantity::kOsnr, -1.4, -2, -3.1, 4}}) {
    const std::string_view name = codec::info(row.quantity).name;
    const auto point = test::channel_point(row.quantity, "FP01", 32);
    const bool sent = row.quantity == Quantity::kChannelOutputPower ||
                      row.quantity == Quantity::kMonitoredChannelLaunchPower;
    const std::string station = sent ? "sumgait" : "aktau";
    const auto verdicts_at = [&](double by) {
      feed_.value(station, point, ++time, expected(station, point) + by);
      good_margins();
      const auto all = now(time);
      const ChannelAssessment& channel = direction(all, 0).channels[1];
      const auto& of_direction = direction(all, 0).quantities;
      const auto seen =
          std::ranges::find(of_direction, row.quantity, &QuantityAssessment::quantity);
      EXPECT_TRUE(seen != of_direction.end() && seen->channel == 32U) << name;
      EXPECT_EQ(seen->verdict, channel.of(row.quantity)->verdict) << name;
      EXPECT_EQ(channel.verdict, seen->verdict) << name;
      return seen->verdict;
    };
    EXPECT_EQ(verdicts_at(row.within), Verdict::kWithinBudget) << name;
    EXPECT_EQ(verdicts_at(row.low), Verdict::kMarginLow) << name;
    EXPECT_EQ(verdicts_at(row.below), Verdict::kBelowBudget) << name;
    EXPECT_EQ(verdicts_at(row.better), Verdict::kWithinBudget) << name;
  }
}

TEST_F(ResidualTest, AnEsnrIsShownAndNotJudgedUnlessAnOperatorGivesItsLimits) {
  const auto point = test::channel_point(Quantity::kEsnr, "FP01", 32);
  off("aktau", point, -5);
  const auto of_esnr = [&] { return *now().directions[0].channels[1].of(Quantity::kEsnr); };
  EXPECT_EQ(of_esnr().verdict, Verdict::kUnknown);
  EXPECT_NEAR(of_esnr().residual, -5, 1e-9);
  settings_.tolerances = twin::Tolerances::defaults(plant_->thresholds);
  settings_.tolerances->set(Quantity::kEsnr, {.model = 0.3, .measurement = 0.1, .minor = 1.0});
  EXPECT_EQ(of_esnr().verdict, Verdict::kMarginLow);
}

TEST_F(ResidualTest, PartsOfNothingAreNoLimit) {
  const auto tolerances = twin::Tolerances::defaults(plant_->thresholds);
  const auto none = yardstick_of(tolerances, Quantity::kPolarizationDependentLoss, 0);
  ASSERT_TRUE(none);
  EXPECT_EQ(compare(0.02, *none).verdict, Verdict::kUnknown) << "a plant without PDL";
  EXPECT_EQ(compare(0.02, *none).strain, 0);
}

TEST_F(ResidualTest, AQFarBelowTheTwinIsSeenWhileItsMarginIsGood) {
  margin(64, 1.6);
  EXPECT_EQ(direction(now(), 0).channels[2].verdict, Verdict::kMarginLow);
  EXPECT_EQ(verdict_of(*direction(now(), 0).channels[2].margin, plant_->thresholds),
            Verdict::kWithinBudget);
}

TEST_F(ResidualTest, AnErrorRatioIsJudgedAsTheQItStandsFor) {
  const auto ber = test::channel_point(Quantity::kPreFecBer, "FP01", 32);
  const auto q = test::channel_point(Quantity::kQValue, "FP01", 32);
  const double expected_q = expected("aktau", q);
  std::int64_t time = kStart;
  const auto verdict_at = [&](double by_q, double ratio = -1) {
    const double value = ratio >= 0 ? ratio : physics::ber_from_q(Db(expected_q + by_q));
    feed_.value("aktau", ber, ++time, value);
    const auto all = now(time);
    const auto& found = *direction(all, 0).channels[1].of(Quantity::kPreFecBer);
    EXPECT_NEAR(found.residual, value - expected("aktau", ber), 1e-15);
    return found.verdict;
  };
  EXPECT_EQ(verdict_at(-0.95), Verdict::kWithinBudget);
  EXPECT_EQ(verdict_at(-1.05), Verdict::kMarginLow);
  EXPECT_EQ(verdict_at(5), Verdict::kWithinBudget);
  EXPECT_EQ(verdict_at(0, 0.0), Verdict::kWithinBudget) << "no error in an interval";
  EXPECT_EQ(verdict_at(0, 0.5), Verdict::kMarginLow) << "noise alone";
}

TEST_F(ResidualTest, StrainIsOneWhereTheVerdictChanges) {
  const auto point = test::channel_point(Quantity::kOsnr, "FP01", 32);
  off("aktau", point, -0.75);
  EXPECT_NEAR(now().directions[0].channels[1].of(Quantity::kOsnr)->strain, 0.5, 1e-9);
  feed_.value("aktau", point, kStart + 1, expected("aktau", point) + 2);
  EXPECT_EQ(now(kStart + 1).directions[0].channels[1].of(Quantity::kOsnr)->strain, 0);
}

TEST_F(ResidualTest, PowersOfAmplifiersAndPumpsCount) {
  good_margins();
  off("aktau", element(Quantity::kRepeaterOutputPower, "R2"), -0.7);
  EXPECT_EQ(direction(now(), 0).verdict, Verdict::kMarginLow);
  EXPECT_EQ(direction(now(), 0).of(Quantity::kRepeaterOutputPower, "R2")->verdict,
            Verdict::kMarginLow);
  off("sumgait", test::line_point(Quantity::kLineOutputPower, "FP01"), -3.5);
  EXPECT_EQ(direction(now(), 0).of(Quantity::kLineOutputPower)->verdict, Verdict::kBelowBudget);
  EXPECT_EQ(direction(now(), 0).verdict, Verdict::kBelowBudget);
}

TEST_F(ResidualTest, OfADarkLineOnlyItsSenderIsCompared) {
  off("aktau", element(Quantity::kRepeaterOutputPower, "R2"), -0.7);
  off("sumgait", test::line_point(Quantity::kLineOutputPower, "FP01"), 0);
  feed_.reading("aktau", test::line_point(Quantity::kLineInputPower, "FP01"), kStart,
                Reading::kNoLight);
  const auto all = now();
  EXPECT_FALSE(direction(all, 0).of(Quantity::kRepeaterOutputPower, "R2"));
  EXPECT_TRUE(direction(all, 0).of(Quantity::kLineOutputPower));
}

TEST_F(ResidualTest, WhatTheTwinRemarksIsPassedOn) {
  model_ = model_.with(0, model_.shared_budget(0), Db(0), {"R2: target gain 50 is out of range"});
  EXPECT_EQ(now().directions[0].remarks,
            std::vector<std::string>{"R2: target gain 50 is out of range"});
  EXPECT_TRUE(now().directions[1].remarks.empty());
}

TEST_F(ResidualTest, APowerFeedIsJudgedByTheUnitThatFeeds) {
  ASSERT_EQ(now().power_feeds.size(), 2U);
  EXPECT_EQ(now().power_feeds[0].verdict, Verdict::kUnknown);
  feed_.value("sumgait", feed_point(Quantity::kPowerFeedVoltage, "pfe-1"), kStart, 251);
  feed_.value("sumgait", feed_point(Quantity::kPowerFeedVoltage, "pfe-2"), kStart, 0);
  feed_.value("sumgait", feed_point(Quantity::kPowerFeedCurrent, "pfe-1"), kStart, 1.002);
  auto all = now();
  EXPECT_EQ(all.power_feeds[0].verdict, Verdict::kWithinBudget);
  EXPECT_NEAR(all.power_feeds[0].voltage->residual, 2, 1e-9);
  feed_.value("sumgait", feed_point(Quantity::kPowerFeedVoltage, "pfe-1"), kStart + 1, 205);
  all = now(kStart + 1);
  EXPECT_EQ(all.power_feeds[0].verdict, Verdict::kBelowBudget) << "a shunt fault";
  EXPECT_EQ(all.power_feeds[1].verdict, Verdict::kUnknown) << "the other station";
}

TEST_F(ResidualTest, AnAssessorFindsWhatComesLater) {
  Assessor assessor(fleet_, settings_);
  EXPECT_EQ(assessor.assess(model_, kStart).directions[0].verdict, Verdict::kUnknown);
  good_margins();
  EXPECT_EQ(assessor.assess(model_, kStart).directions[0].verdict, Verdict::kWithinBudget);
}

TEST_F(ResidualTest, AnAssessorFollowsTheModel) {
  Assessor assessor(fleet_, settings_);
  const auto point = test::channel_point(Quantity::kChannelInputPower, "FP01", 32);
  off("aktau", point, -4);
  const auto residual = [&](const Model& model) {
    return assessor.assess(model, kStart)
        .directions[0]
        .channels[1]
        .of(Quantity::kChannelInputPower)
        ->residual;
  };
  EXPECT_NEAR(residual(model_), -4, 1e-9);
  auto faded = plant::line_of(*plant_, "FP01", plant::Direction::kAToB);
  ASSERT_TRUE(plant::fade_channel(*faded, 32, Db(4)));
  auto budget = budget::evaluate(*faded, {.end_of_life = false});
  ASSERT_TRUE(budget);
  const Model followed =
      model_.with(0, std::make_shared<const budget::LinkBudget>(std::move(*budget)));
  EXPECT_NEAR(residual(followed), 0, 0.3);
  const auto dark = assessor.assess(followed.without(0), kStart);
  EXPECT_FALSE(dark.directions[0].channels[1].of(Quantity::kChannelInputPower))
      << "nothing is sent";
}

TEST_F(ResidualTest, AReadingMayHaveATimeOfItsOwn) {
  fleet::Fleet fleet(plant_, 5 * kSecond,
                     {.of_quantity_ns = {{Quantity::kChromaticDispersion, 900 * kSecond}},
                      .of_source_ns = {{"slow", 90 * kSecond}}});
  test::Feed feed(fleet);
  const auto dispersion = test::channel_point(Quantity::kChromaticDispersion, "FP01", 32);
  auto q = test::channel_point(Quantity::kQValue, "FP01", 32);
  feed.value("aktau", dispersion, kStart, expected("aktau", dispersion));
  q.source = "slow";
  feed.value("aktau", q, kStart, expected("aktau", q));
  const auto channel = [&](std::int64_t time) {
    return assess(model_, fleet, settings_, time).directions[0].channels[1];
  };
  EXPECT_TRUE(channel(kStart + 90 * kSecond).margin);
  EXPECT_FALSE(channel(kStart + 91 * kSecond).margin);
  EXPECT_TRUE(channel(kStart + 900 * kSecond).of(Quantity::kChromaticDispersion));
  EXPECT_FALSE(channel(kStart + 901 * kSecond).of(Quantity::kChromaticDispersion));
}

TEST_F(ResidualTest, TheBookOfBaselinesGivesDriftAndAgeing) {
  twin::BaselineBook book{twin::BaselineSettings{}};
  Assessor assessor(fleet_, settings_, &book);
  constexpr std::int64_t kHour = 3600 * kSecond;
  const fleet::Place place =
      *fleet::place_of(*plant_, "aktau", test::channel_point(Quantity::kQValue, "FP01", 32));
  const double limit = model_.budget("FP01", plant::Direction::kAToB).fec_q_limit.value();
  std::int64_t time = kStart;
  // Two years at -0.1 dB a year.
  for (; time < kStart + 730 * 24 * kHour; time += kHour) {
    const double years = static_cast<double>(time - kStart) / (365.2425 * 24.0 * kHour);
    book.track(place).look(time, limit + 3 - 0.1 * years, true, book.settings());
    book.looked(time);
    (void)book.work(10);
  }
  const auto all = assessor.assess(model_, time);
  const auto& line = all.directions[0];
  const auto& channel = line.channels[1];
  ASSERT_TRUE(channel.margin_from_commissioning && channel.margin_from_month_ago);
  EXPECT_NEAR(channel.margin_from_commissioning->value(), -0.2, 0.01);
  EXPECT_NEAR(channel.margin_from_month_ago->value(), -0.1 / 12, 0.002);
  ASSERT_TRUE(line.ageing);
  EXPECT_EQ(line.ageing_channel, 32U);
  EXPECT_NEAR(line.ageing->per_year.value, -0.1, 0.001);
  EXPECT_NEAR(line.ageing->margin_end_of_life->value, 3 - 0.1 * 25, 0.05);
  ASSERT_TRUE(line.ageing->runs_out_unix_ns);
  EXPECT_NEAR(
      static_cast<double>(*line.ageing->runs_out_unix_ns - kStart) / (365.2425 * 24.0 * kHour), 30,
      0.5);
}

TEST_F(ResidualTest, LooksAreEnteredWhereTheyBelong) {
  twin::BaselineBook book{twin::BaselineSettings{}};
  good_margins();
  off("aktau", test::line_point(Quantity::kLineInputPower, "FP01"), 0.2);
  feed_.value("sumgait", feed_point(Quantity::kPowerFeedVoltage), kStart, 250);
  look(now(), book);
  EXPECT_EQ(book.size(), 4U + 1U + 1U);
}

}  // namespace
}  // namespace caspilink::assess
