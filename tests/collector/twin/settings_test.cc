// The twin follows what amplifiers and pumps say they are set to. Evaluations are counted, not
// timed.
#include <algorithm>

#include <gmock/gmock.h>

#include "collector/twin/tolerance.h"
#include "collector/twin/twin.h"
#include "tests/collector/small_plant.h"

namespace caspilink::twin {
namespace {

using codec::Quantity;
using codec::Reading;
using test::kStart;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::shared_ptr<const plant::Plant> unrepeatered() {
  auto plant =
      formats::load_plant(test::source_dir() + "/deploy/plants/trans_caspian_unrepeatered.yaml");
  EXPECT_TRUE(plant) << plant.error().message();
  plant->fibre_pairs.resize(1);
  return std::make_shared<const plant::Plant>(std::move(*plant));
}

class SettingsTest : public testing::Test {
 protected:
  explicit SettingsTest(std::shared_ptr<const plant::Plant> plant = test::small_plant())
      : designed_(std::make_shared<const Model>(Model::build(std::move(plant)).value())) {}

  static fleet::Place place(Quantity quantity, const std::string& element) {
    const bool sent = element == "booster" || element.starts_with("transmit") ||
                      codec::info(quantity).side == codec::Side::kTransmit;
    return {.quantity = quantity,
            .station = sent ? "sumgait" : "aktau",
            .fibre_pair = "FP01",
            .direction = plant::Direction::kAToB,
            .element = element};
  }
  void say(Quantity quantity, const std::string& element, double value,
           Reading reading = Reading::kValue) {
    twin_.observe(place(quantity, element),
                  {.time_unix_ns = ++time_, .reading = reading, .value = value});
  }
  // Evaluates all that is due; how many directions that were.
  std::size_t settle() {
    std::size_t evaluated = 0;
    for (auto jobs = twin_.take_jobs(time_); !jobs.empty(); jobs = twin_.take_jobs(time_)) {
      evaluated += jobs.size();
      for (const Job& job : jobs) EXPECT_TRUE(twin_.accept(evaluate(job), time_));
    }
    return evaluated;
  }
  double expected(Quantity quantity, const std::string& element = "", std::uint32_t channel = 0) {
    fleet::Place at = place(quantity, element);
    at.channel = channel;
    const auto value = twin_.model()->expected(at);
    EXPECT_TRUE(value) << codec::info(quantity).name;
    return value.value_or(-999);
  }

  std::shared_ptr<const Model> designed_;
  Twin twin_{designed_};
  std::int64_t time_ = kStart;
};

TEST_F(SettingsTest, SettingsOfThePlanEvaluateOnceAndMoveNothing) {
  const double q = expected(Quantity::kQValue, "", 32);
  say(Quantity::kRepeaterTargetOutputPower, "R2", 18);
  say(Quantity::kRepeaterMode, "R2", 1);
  EXPECT_LE(settle(), 1U);
  EXPECT_EQ(expected(Quantity::kQValue, "", 32), q);
  for (int i = 0; i < 100; ++i) say(Quantity::kRepeaterTargetOutputPower, "R2", 18.001);
  EXPECT_EQ(settle(), 0U);
}

TEST_F(SettingsTest, EachChangeOfALineAmplifiersSettingIsOneEvaluationOfItsDirection) {
  say(Quantity::kRepeaterTargetOutputPower, "R2", 15);
  EXPECT_EQ(settle(), 1U);
  EXPECT_NEAR(expected(Quantity::kRepeaterOutputPower, "R2"), 15, 1e-6);
  EXPECT_NEAR(expected(Quantity::kRepeaterOutputPower, "R3"), 18, 1e-6);
  say(Quantity::kRepeaterMode, "R2", 2);
  say(Quantity::kRepeaterTargetGain, "R2", 10);
  say(Quantity::kRepeaterTargetGainTilt, "R2", 1.5);
  EXPECT_EQ(settle(), 1U) << "what comes together is evaluated together";
  EXPECT_NEAR(expected(Quantity::kRepeaterGain, "R2"), 10, 0.05);
  EXPECT_NEAR(expected(Quantity::kRepeaterGainTilt, "R2"), 1.5, 1e-2);
  EXPECT_EQ(twin_.status().evaluations, 2U);
  EXPECT_EQ(twin_.model()->shared_budget(1), designed_->shared_budget(1)) << "the other direction";
  EXPECT_EQ(twin_.model()->shared_budget(2), designed_->shared_budget(2)) << "the other pair";
}

TEST_F(SettingsTest, ThePreamplifierFollowsItsModeAndTarget) {
  const double power = expected(Quantity::kChannelInputPower, "", 32);
  say(Quantity::kAmplifierTargetOutputPower, "preamplifier", 16);
  EXPECT_EQ(settle(), 1U);
  EXPECT_NEAR(expected(Quantity::kAmplifierOutputPower, "preamplifier"), 16, 1e-6);
  EXPECT_NEAR(expected(Quantity::kChannelInputPower, "", 32), power - 2, 0.05);
  say(Quantity::kAmplifierMode, "preamplifier", 2);
  say(Quantity::kAmplifierTargetGain, "preamplifier", 10);
  settle();
  EXPECT_NEAR(expected(Quantity::kAmplifierGain, "preamplifier"), 10, 0.05);
}

TEST_F(SettingsTest, ASettingThatIsWithdrawnIsAsDesignedAgain) {
  say(Quantity::kAmplifierTargetOutputPower, "preamplifier", 16);
  settle();
  say(Quantity::kAmplifierTargetOutputPower, "preamplifier", 0, Reading::kWithdrawn);
  EXPECT_EQ(settle(), 1U);
  EXPECT_NEAR(expected(Quantity::kAmplifierOutputPower, "preamplifier"), 18, 1e-6);
}

TEST_F(SettingsTest, ABoostersSettingMovesWhatIsSentAndWhatArrives) {
  const double input = expected(Quantity::kRepeaterInputPower, "R1");
  say(Quantity::kAmplifierTargetOutputPower, "booster", 16);
  EXPECT_EQ(settle(), 1U);
  EXPECT_NEAR(expected(Quantity::kRepeaterInputPower, "R1"), input - 2, 0.01);
  EXPECT_NEAR(expected(Quantity::kAmplifierOutputPower, "booster"), 16, 0.01)
      << "the setting is the plan";
  EXPECT_NEAR(expected(Quantity::kLineOutputPower), 16, 0.01);
  // What the line port says it sends is the truth behind the booster.
  say(Quantity::kLineOutputPower, "", 17);
  settle();
  EXPECT_NEAR(expected(Quantity::kRepeaterInputPower, "R1"), input - 1, 0.01);
  EXPECT_NEAR(expected(Quantity::kLineOutputPower), 16, 0.01) << "and a decibel off its setting";
}

TEST_F(SettingsTest, ATiltedBoosterLeansTheSpectrum) {
  say(Quantity::kAmplifierTargetGainTilt, "booster", 2);
  settle();
  EXPECT_NEAR(expected(Quantity::kLineInputTilt), 2, 0.05);
}

TEST_F(SettingsTest, WhatCannotBeTakenIsRemarked) {
  say(Quantity::kRepeaterMode, "R2", 2);
  settle();
  EXPECT_THAT(twin_.model()->remarks(0), ElementsAre(HasSubstr("R2: constant gain without")));
  say(Quantity::kRepeaterTargetGain, "R2", 50);
  say(Quantity::kAmplifierTargetGain, "booster", 20);
  settle();
  EXPECT_THAT(twin_.model()->remarks(0),
              ElementsAre("R2: target gain 50 is out of range, so 25", HasSubstr("booster")));
  EXPECT_THAT(twin_.model()->remarks(1), IsEmpty());
}

TEST_F(SettingsTest, BehindAnAmplifierThatIsOffNothingIsExpected) {
  say(Quantity::kAmplifierEnabled, "preamplifier", 0);
  EXPECT_EQ(settle(), 0U);
  EXPECT_FALSE(twin_.model()->expects_light(0));
  EXPECT_THAT(twin_.model()->remarks(0), ElementsAre(HasSubstr("preamplifier: switched off")));
  say(Quantity::kAmplifierEnabled, "preamplifier", 1);
  settle();
  EXPECT_TRUE(twin_.model()->expects_light(0));
  EXPECT_THAT(twin_.model()->remarks(0), IsEmpty());
}

TEST_F(SettingsTest, WhatThePlantDoesNotHaveIsIgnored) {
  say(Quantity::kRepeaterTargetGain, "R9", 10);
  say(Quantity::kPumpPower, "receive-1", 20);
  EXPECT_EQ(settle(), 0U);
}

class PumpSettingsTest : public SettingsTest {
 protected:
  PumpSettingsTest() : SettingsTest(unrepeatered()) {}
};

TEST_F(PumpSettingsTest, APumpsPowerMovesWhatArrivesAndNotWhatIsExpectedOfThePump) {
  EXPECT_NEAR(expected(Quantity::kPumpPower, "receive-1"), to_dbm(Milliwatts(350)).value(), 1e-9);
  EXPECT_NEAR(expected(Quantity::kPumpPower, "transmit-2"), to_dbm(Milliwatts(210)).value(), 1e-9);
  const double ropa = to_dbm(Milliwatts(630)).value();
  EXPECT_NEAR(expected(Quantity::kPumpPower, "receive-ropa"), ropa, 1e-9);
  EXPECT_FALSE(twin_.model()->expected(place(Quantity::kPumpPower, "transmit-ropa")));
  const double gain = expected(Quantity::kRepeaterGain, "ROPA-E");
  say(Quantity::kPumpPower, "receive-ropa", ropa + 0.1);
  EXPECT_EQ(settle(), 0U) << "noise";
  say(Quantity::kPumpPower, "receive-ropa", ropa - 3);
  EXPECT_EQ(settle(), 1U);
  EXPECT_LT(expected(Quantity::kRepeaterGain, "ROPA-E"), gain - 1);
  EXPECT_NEAR(expected(Quantity::kPumpPower, "receive-ropa"), ropa, 1e-9)
      << "a weak pump is the pump's fault";
  say(Quantity::kPumpPower, "receive-ropa", 0, Reading::kNoLight);
  EXPECT_EQ(settle(), 1U);
  EXPECT_LT(expected(Quantity::kRepeaterGain, "ROPA-E"), 0) << "unpumped erbium absorbs";
}

// The eleven figures that a twin says of a line, each with what it may be off by.
TEST_F(SettingsTest, EveryFigureOfTheLineIsExpectedWithItsUncertainty) {
  const auto tolerances = Tolerances::defaults(designed_->plant().thresholds);
  const auto check = [&](fleet::Place at) {
    const auto value = twin_.model()->expected(at);
    ASSERT_TRUE(value) << codec::info(at.quantity).name;
    const auto uncertainty = tolerances.uncertainty(at.quantity, *value);
    ASSERT_TRUE(uncertainty) << codec::info(at.quantity).name;
    EXPECT_GT(*uncertainty, 0) << codec::info(at.quantity).name;
    const auto& all = twin_.model()->expectations();
    EXPECT_TRUE(std::ranges::any_of(all, [&](const auto& one) { return *one.place == at; }))
        << codec::info(at.quantity).name << " is exported";
  };
  for (const auto quantity :
       {Quantity::kChannelInputPower, Quantity::kOsnr, Quantity::kQValue, Quantity::kPreFecBer,
        Quantity::kChromaticDispersion, Quantity::kPolarizationModeDispersion}) {
    fleet::Place at = place(quantity, "");
    at.channel = 32;
    check(at);
  }
  check(place(Quantity::kLineInputPower, ""));
  check(place(Quantity::kLineInputTilt, ""));
  check(place(Quantity::kSpanLoss, "S3"));
  check(place(Quantity::kRepeaterGain, "R2"));
  check(place(Quantity::kRepeaterGainTilt, "R2"));
  check(place(Quantity::kAmplifierGain, "preamplifier"));
  check(place(Quantity::kAmplifierGainTilt, "preamplifier"));
  for (const auto quantity : {Quantity::kPowerFeedVoltage, Quantity::kPowerFeedCurrent}) {
    check({.quantity = quantity, .station = "aktau"});
  }
  for (const auto quantity : {Quantity::kRoundTripDelay, Quantity::kRoundTripDelayMinimum}) {
    check({.quantity = quantity, .station = "aktau", .fibre_pair = "FP01", .peer = "sumgait"});
  }
}

}  // namespace
}  // namespace caspilink::twin
