// The line as its equipment reports it, and its light element by element.
#include <cmath>

#include <gtest/gtest.h>

#include "link_models/budget/link_budget.h"
#include "link_models/formats/plant_yaml.h"
#include "link_models/plant/reported.h"
#include "tests/support/paths.h"

namespace caspilink::budget {
namespace {

using plant::Direction;
using plant::Line;
using plant::ReportedLine;

Line line(const std::string& plant_name = "repeatered") {
  const auto plant = formats::load_plant(caspilink::test::source_dir() +
                                         "/deploy/plants/trans_caspian_" + plant_name + ".yaml");
  EXPECT_TRUE(plant) << plant.error().message();
  return *plant::line_of(*plant, "FP01", Direction::kAToB);
}

LinkBudget budget_of(const Line& line) {
  auto budget = evaluate(line, {.end_of_life = false, .element_light = true});
  EXPECT_TRUE(budget) << budget.error().message();
  return *budget;
}

Line reported(const ReportedLine& report) {
  auto changed = plant::as_reported(line(), report);
  EXPECT_TRUE(changed) << changed.error().message();
  return *changed;
}

std::size_t index_of(const LinkBudget& budget, const std::string& name) {
  for (std::size_t i = 0; i < budget.trace.size(); ++i) {
    if (budget.trace[i].name == name) return i;
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(ReportedLineTest, NothingReportedIsTheLineAsPlanned) { EXPECT_EQ(reported({}), line()); }

TEST(ReportedLineTest, ReportedLaunchPowersTakeThePlacesOfPlannedOnes) {
  const LinkBudget budget = budget_of(reported({.launch_power = {{32, Dbm(-4)}}}));
  EXPECT_EQ(find_channel(budget, 32)->launch_power, Dbm(-4));
  EXPECT_EQ(find_channel(budget, 31)->launch_power, line().channels[30].launch_power);
  EXPECT_EQ(budget.light[0].power_in[31], Dbm(-4));
}

TEST(ReportedLineTest, DarkChannelsLeaveTheirPowerToTheOthers) {
  std::vector<int> dark;
  for (int number = 49; number <= 96; ++number) dark.push_back(number);
  const LinkBudget whole = budget_of(line());
  const LinkBudget half = budget_of(reported({.dark_channels = dark}));
  EXPECT_EQ(half.channels.size(), 48);
  EXPECT_EQ(find_channel(half, 49), nullptr);
  // Repeaters hold their output power, so that half the channels share it; noise is its own share.
  const std::size_t first = index_of(whole, "R1");
  EXPECT_NEAR((half.light[first].power_out[20] - whole.light[first].power_out[20]).value(), 3.01,
              0.03);
}

TEST(ReportedLineTest, LitChannelsAreThoseReported) {
  const Line changed = reported({.lit_channels = std::vector<int>{3, 4}});
  EXPECT_TRUE(changed.channels[2].lit);
  EXPECT_FALSE(changed.channels[0].lit);
}

TEST(ReportedLineTest, AnAmplifierHoldsTheOutputPowerItReports) {
  const LinkBudget budget =
      budget_of(reported({.amplifiers = {{.name = "R2", .total_output_power = Dbm(15.5)}}}));
  EXPECT_NEAR(budget.trace[index_of(budget, "R2")].total_power_out.value(), 15.5, 1e-9);
  EXPECT_NEAR(budget.trace[index_of(budget, "R3")].total_power_out.value(), 18, 1e-9);
}

TEST(ReportedLineTest, AnAmplifierKeepsTheGainItReportsWhateverComesIn) {
  const LinkBudget budget = budget_of(reported(
      {.amplifiers = {{.name = "R2", .gain = Db(10)}}, .losses = {{Kilometers(100), Db(2), ""}}}));
  const std::size_t at = index_of(budget, "R2");
  // Total power also holds the amplifier's own noise.
  EXPECT_NEAR(budget.trace[at].gain.value(), 10, 0.02);
  EXPECT_GT(budget.trace[at].gain, Db(10));
}

TEST(ReportedLineTest, EveryKindOfAmplifierTakesItsSetting) {
  Line mixed = line();
  mixed.elements.insert(mixed.elements.begin() + 1, plant::InLineAmplifier{"A", Db(12), Db(5)});
  mixed.elements.insert(mixed.elements.begin() + 1, plant::RamanAmplifier{"N", Db(1), Db(0)});
  const auto changed =
      plant::as_reported(mixed, {.amplifiers = {{.name = "A", .total_output_power = Dbm(16)},
                                                {.name = "N", .gain = Db(4)},
                                                {.name = "aktau-preamplifier", .gain = Db(8)}}});
  ASSERT_TRUE(changed) << changed.error().message();
  const LinkBudget budget = budget_of(*changed);
  EXPECT_NEAR(budget.trace[index_of(budget, "A")].total_power_out.value(), 16, 1e-9);
  EXPECT_NEAR(budget.trace[index_of(budget, "N")].gain.value(), 4, 0.02);
  EXPECT_NEAR(budget.trace[index_of(budget, "aktau-preamplifier")].gain.value(), 8, 0.02);
}

TEST(ReportedLineTest, ALossIsSeenInTheSpanItLiesIn) {
  const LinkBudget before = budget_of(line());
  const LinkBudget after = budget_of(reported({.losses = {{Kilometers(190), Db(3), "bend"}}}));
  for (std::size_t i = 0; i < before.trace.size(); ++i) {
    if (before.trace[i].kind != "span") continue;
    EXPECT_NEAR((before.trace[i].gain - after.trace[i].gain).value(),
                before.trace[i].name == "S3" ? 3 : 0, 1e-9);
  }
}

TEST(ReportedLineTest, WhatTheLineDoesNotHaveIsRefused) {
  const auto error = [](const ReportedLine& report) {
    const auto changed = plant::as_reported(line(), report);
    EXPECT_FALSE(changed);
    return changed ? Error{} : changed.error();
  };
  EXPECT_EQ(error({.launch_power = {{97, Dbm(0)}}}).code, ErrorCode::kNotFound);
  EXPECT_EQ(error({.dark_channels = {0}}).code, ErrorCode::kNotFound);
  EXPECT_EQ(error({.lit_channels = std::vector<int>{-1}}).code, ErrorCode::kNotFound);
  EXPECT_EQ(error({.amplifiers = {{.name = "R9", .gain = Db(10)}}}).code, ErrorCode::kNotFound);
  EXPECT_EQ(error({.amplifiers = {{.name = "S1", .gain = Db(10)}}}).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error({.amplifiers = {{.name = "R1"}}}).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error({.amplifiers = {{.name = "R1", .gain = Db(NAN)}}}).code,
            ErrorCode::kInvalidInput);
  EXPECT_EQ(error({.launch_power = {{1, Dbm(-INFINITY)}}}).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error({.losses = {{Kilometers(381), Db(1), ""}}}).code, ErrorCode::kInvalidInput);
  std::vector<int> all;
  for (int number = 1; number <= 96; ++number) all.push_back(number);
  EXPECT_EQ(error({.dark_channels = all}).code, ErrorCode::kInvalidInput);
}

TEST(ReportedLineTest, APumpedRopaFollowsItsPump) {
  const auto changed = plant::as_reported(line("unrepeatered"),
                                          {.amplifiers = {{.name = "ROPA-E", .gain = Db(15)}}});
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().message().find("pump"), std::string::npos);
}

TEST(ElementLightTest, IsThereOnlyWhereAskedFor) {
  EXPECT_TRUE(evaluate(line(), {.end_of_life = false})->light.empty());
}

TEST(ElementLightTest, GoesFromElementToElement) {
  for (const char* const name : {"repeatered", "unrepeatered"}) {
    const Line here = line(name);
    const LinkBudget budget = budget_of(here);
    ASSERT_EQ(budget.light.size(), here.elements.size());
    for (std::size_t e = 0; e < budget.light.size(); ++e) {
      const ElementLight& light = budget.light[e];
      if (e > 0) {
        EXPECT_EQ(light.power_in, budget.light[e - 1].power_out);
      }
      Milliwatts in;
      Milliwatts out;
      for (const Dbm power : light.power_in) in += to_milliwatts(power);
      for (const Dbm power : light.power_out) out += to_milliwatts(power);
      EXPECT_NEAR(to_dbm(in).value(), budget.trace[e].total_power_in.value(), 1e-9);
      EXPECT_NEAR(to_dbm(out).value(), budget.trace[e].total_power_out.value(), 1e-9);
    }
    const ElementLight& last = budget.light.back();
    EXPECT_NEAR(last.power_out[5].value(), budget.channels[5].total_power.value(), 1e-9);
    EXPECT_DOUBLE_EQ(last.latency.value(), budget.latency.value());
    EXPECT_NEAR(last.pmd.value(), budget.channels[0].pmd.value(), 1e-12);
    EXPECT_NEAR(last.chromatic_dispersion.value(), 380 * 20.5, 1e-6);
  }
}

TEST(ElementLightTest, TiltIsTheStraightLineThroughTheGains) {
  Line sloped = line();
  auto& fibre = std::get<plant::Span>(sloped.elements[0]).fibre;
  // 76 km of attenuation that rises by 0.01 dB/km over the band.
  fibre.attenuation_points = {{sloped.channels.front().frequency, DbPerKm(0.15)},
                              {sloped.channels.back().frequency, DbPerKm(0.16)}};
  const LinkBudget budget = budget_of(sloped);
  EXPECT_NEAR(budget.light[0].tilt.value(), -0.76, 1e-9);
  EXPECT_NEAR(budget.light[2].tilt.value(), 0, 1e-9);
}

}  // namespace
}  // namespace caspilink::budget
