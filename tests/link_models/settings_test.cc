// Amplifiers run as they say they are set, and pumps at the power they say they send.
#include "link_models/plant/settings.h"

#include <cmath>

#include <gmock/gmock.h>

#include "link_models/budget/link_budget.h"
#include "link_models/formats/plant_yaml.h"
#include "link_models/plant/reported.h"
#include "tests/support/paths.h"

namespace caspilink::budget {
namespace {

using plant::AmplifierMode;
using plant::AmplifierSettings;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

plant::Line line(const std::string& plant_name = "repeatered") {
  const auto plant = formats::load_plant(caspilink::test::source_dir() +
                                         "/deploy/plants/trans_caspian_" + plant_name + ".yaml");
  EXPECT_TRUE(plant) << plant.error().message();
  return *plant::line_of(*plant, "FP01", plant::Direction::kAToB);
}

struct Set {
  LinkBudget budget;
  std::vector<std::string> remarks;

  [[nodiscard]] std::size_t index(const std::string& name) const {
    for (std::size_t i = 0; i < budget.trace.size(); ++i) {
      if (budget.trace[i].name == name) return i;
    }
    ADD_FAILURE() << name;
    return 0;
  }
  [[nodiscard]] double output(const std::string& name) const {
    return budget.trace[index(name)].total_power_out.value();
  }
  [[nodiscard]] double gain(const std::string& name) const {
    return budget.trace[index(name)].gain.value();
  }
};

Set set(const AmplifierSettings& settings, const plant::Line& of = line()) {
  Set done;
  const auto changed = plant::as_reported(of, {.settings = {settings}}, &done.remarks);
  EXPECT_TRUE(changed) << changed.error().message();
  done.budget = *evaluate(*changed, {.end_of_life = false, .element_light = true});
  return done;
}

TEST(SettingsTest, ARepeaterHoldsTheOutputPowerItIsSetTo) {
  const Set done = set({.name = "R2", .output_power = Dbm(15.5)});
  EXPECT_NEAR(done.output("R2"), 15.5, 1e-9);
  EXPECT_NEAR(done.output("R3"), 18, 1e-9);
  EXPECT_THAT(done.remarks, IsEmpty());
}

TEST(SettingsTest, InConstantGainTheGainCountsAndInConstantPowerThePower) {
  AmplifierSettings both{.name = "R2",
                         .mode = AmplifierMode::kConstantGain,
                         .output_power = Dbm(15.5),
                         .gain = Db(10)};
  // Total power also holds the amplifier's own noise.
  EXPECT_NEAR(set(both).gain("R2"), 10, 0.02);
  both.mode = AmplifierMode::kConstantPower;
  EXPECT_NEAR(set(both).output("R2"), 15.5, 1e-9);
  both.mode = AmplifierMode::kDynamicGain;
  EXPECT_NEAR(set(both).output("R2"), 15.5, 1e-9) << "it finds the gain to reach its power";
  both.output_power.reset();
  EXPECT_NEAR(set(both).gain("R2"), 10, 0.02);
  both.mode.reset();
  both.output_power = Dbm(15.5);
  EXPECT_NEAR(set(both).output("R2"), 15.5, 1e-9) << "as it was designed to be run";
}

TEST(SettingsTest, AModeWithoutItsTargetLeavesTheDesignAndSaysSo) {
  for (const auto& [mode, word] : {std::pair(AmplifierMode::kConstantGain, "constant gain"),
                                   std::pair(AmplifierMode::kDynamicGain, "dynamic gain")}) {
    const Set done = set({.name = "R2", .mode = mode});
    EXPECT_NEAR(done.output("R2"), 18, 1e-9);
    EXPECT_THAT(done.remarks, ElementsAre(HasSubstr(word)));
  }
  EXPECT_THAT(set({.name = "R2", .mode = AmplifierMode::kConstantPower}).remarks, IsEmpty())
      << "the design's output power is its target";
}

TEST(SettingsTest, AGainOutOfRangeIsTheLargestAndSaysSo) {
  const Set done = set({.name = "R2", .mode = AmplifierMode::kConstantGain, .gain = Db(40)});
  EXPECT_NEAR(done.gain("R2"), 25, 0.1);
  EXPECT_THAT(done.remarks, ElementsAre("R2: target gain 40 is out of range, so 25"));
}

TEST(SettingsTest, AnInLineAmplifierKeepsBelowItsLargestOutput) {
  plant::Line mixed = line();
  mixed.elements.insert(
      mixed.elements.begin() + 1,
      plant::InLineAmplifier{
          .name = "A", .gain = Db(12), .noise_figure = Db(5), .maximum_output_power = Dbm(16)});
  EXPECT_NEAR(set({.name = "A", .gain = Db(9)}, mixed).gain("A"), 9, 0.05);
  EXPECT_NEAR(set({.name = "A", .output_power = Dbm(14)}, mixed).output("A"), 14, 1e-9);
  const Set over = set(
      {.name = "A", .mode = AmplifierMode::kConstantPower, .output_power = Dbm(20), .gain = Db(9)},
      mixed);
  EXPECT_NEAR(over.output("A"), 16, 1e-9);
  EXPECT_THAT(over.remarks, ElementsAre(HasSubstr("out of range")));
}

TEST(SettingsTest, ATiltLeansTheGainAndKeepsTheOutputPower) {
  const Set flat = set({.name = "aktau-preamplifier"});
  const Set leaning = set({.name = "aktau-preamplifier", .tilt = Db(2)});
  const std::size_t at = leaning.index("aktau-preamplifier");
  EXPECT_NEAR(leaning.budget.light[at].tilt.value(), 2, 1e-3) << "noise of its own included";
  EXPECT_NEAR(leaning.output("aktau-preamplifier"), 18, 1e-9);
  const auto power = [](const Set& of, int number) {
    return find_channel(of.budget, number)->signal_power.value();
  };
  EXPECT_NEAR(power(leaning, 96) - power(leaning, 1) - (power(flat, 96) - power(flat, 1)), 2, 1e-9);
  // Signal and noise lean alike.
  EXPECT_NEAR(find_channel(leaning.budget, 96)->osnr_01nm.value(),
              find_channel(flat.budget, 96)->osnr_01nm.value(), 1e-9);
}

TEST(SettingsTest, WhatCannotBeSetIsSaidOrRefused) {
  EXPECT_THAT(set({.name = "ROPA-E", .gain = Db(15)}, line("unrepeatered")).remarks,
              ElementsAre(HasSubstr("pump")));
  EXPECT_EQ(plant::as_reported(line(), {.settings = {{.name = "R9"}}}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(
      plant::as_reported(line(), {.settings = {{.name = "R1", .gain = Db(NAN)}}}).error().code,
      ErrorCode::kInvalidInput);
}

TEST(SettingsTest, APumpsPowerMovesWhatTheRopaGives) {
  const plant::Line designed = line("unrepeatered");
  const auto ropa_gain = [&](const std::vector<plant::PumpSetting>& pumps) {
    const auto changed = plant::as_reported(designed, {.pumps = pumps});
    EXPECT_TRUE(changed) << changed.error().message();
    const auto budget = evaluate(*changed, {.end_of_life = false});
    EXPECT_TRUE(budget) << budget.error().message();
    for (const TraceEntry& entry : budget->trace) {
      if (entry.name == "ROPA-E") return entry.gain.value();
    }
    return -99.0;
  };
  const double whole = ropa_gain({});
  // Behind three Raman pumps in the same fibre.
  const plant::PumpSetting half{.index = 3, .power = Milliwatts(315)};
  EXPECT_LT(ropa_gain({half}), whole - 1);
  EXPECT_LT(ropa_gain({{.index = 3, .power = Milliwatts(1e-6)}}), 0) << "unpumped erbium absorbs";
  const auto refused = [&](const plant::PumpSetting& pump) {
    const auto changed = plant::as_reported(designed, {.pumps = {pump}});
    return changed ? ErrorCode::kInternal : changed.error().code;
  };
  EXPECT_EQ(refused({.index = 4, .power = Milliwatts(1)}), ErrorCode::kNotFound);
  EXPECT_EQ(refused({.index = std::nullopt, .power = Milliwatts(1)}), ErrorCode::kNotFound)
      << "no ROPA on a pump fibre of its own";
  EXPECT_EQ(refused({.index = 0, .power = Milliwatts(0)}), ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace caspilink::budget
