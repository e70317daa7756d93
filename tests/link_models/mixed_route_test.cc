// A route of terrestrial and submarine segments: boosters, in-line amplifiers, ROADMs, repeaters.
#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/budget/link_budget.h"
#include "link_models/formats/plant_yaml.h"
#include "link_models/physics/amplifier.h"
#include "link_models/physics/isrs_gn.h"
#include "link_models/plant/line.h"

namespace caspilink::budget {
namespace {

using plant::Direction;
using plant::Line;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kMixed = R"(plant: mixed
kind: repeatered
stations:
  a:
    id: baku
    name: Baku
    operator: A
    terminal:
      booster: {gain_db: 20, noise_figure_db: 5.5, maximum_output_power_dbm: 20}
  b:
    id: aktau
    name: Aktau
    operator: K
    terminal: {preamplifier: {total_output_power_dbm: 16, noise_figure_db: 5}}
fibres:
  g652: {attenuation_db_per_km: 0.2, dispersion_ps_per_nm_km: 16.7, effective_area_um2: 80, nonlinear_index_m2_per_w: 2.6e-20}
  g654: {attenuation_db_per_km: 0.155, dispersion_ps_per_nm_km: 20.5, effective_area_um2: 112, nonlinear_index_m2_per_w: 2.2e-20}
repeater_types:
  r16: {total_output_power_dbm: 16, noise_figure_db: 5}
amplifier_types:
  ila: {gain_db: 16, noise_figure_db: 5.5, maximum_output_power_dbm: 21}
roadm_types:
  wet-side: {target_channel_power_dbm: -3, loss_db: 6, pmd_ps: 0.3, pdl_db: 0.5, osnr_01nm_db: 35}
  dry-side: {target_mw_per_ghz: 0.0004, loss_db: 6}
segments:
  - name: Baku - Sumgait
    kind: terrestrial
    route:
      - span: {name: T1, fibre: g652, length_km: 40}
      - amplifier: {name: A1, type: ila}
      - roadm: {name: X1, type: wet-side, type_towards_a: dry-side}
  - name: Sumgait - Aktau
    kind: submarine
    route:
      - span: {name: S1, fibre: g654, length_km: 76}
      - repeater: {name: R1, type: r16}
      - span: {name: S2, fibre: g654, length_km: 76}
spectrum:
  - {first_channel_thz: 192, spacing_ghz: 50, channels: 20, baud_rate_gbd: 32, launch_power_dbm: 1}
  - {first_channel_thz: 193.1, spacing_ghz: 100, channels: 10, baud_rate_gbd: 64, launch_power_dbm: 4}
modes:
  m: {format: dp-qpsk, bit_rate_gbps: 100, baud_rate_gbd: 32, fec_ber_threshold: 2e-2}
fibre_pairs:
  - {ids: [FP01], mode: m, lit_channels: [1, 20]}
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text(kMixed);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  const auto plant = formats::parse_plant(text, "p.yaml");
  return plant ? "accepted" : plant.error().message();
}

Line line_of(const std::string& text, Direction direction = Direction::kAToB) {
  const auto plant = formats::parse_plant(text, "p.yaml");
  EXPECT_TRUE(plant) << plant.error().message();
  return *plant::line_of(*plant, "FP01", direction);
}
Line line_of(Direction direction = Direction::kAToB) {
  return line_of(std::string(kMixed), direction);
}

LinkBudget budget_of(const Line& line) {
  auto budget = evaluate(line, {.end_of_life = false, .element_light = true});
  EXPECT_TRUE(budget) << budget.error().message();
  return *budget;
}

std::size_t index_of(const LinkBudget& budget, std::string_view name) {
  for (std::size_t i = 0; i < budget.trace.size(); ++i) {
    if (budget.trace[i].name == name) return i;
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(MixedRouteTest, LightMeetsEveryElementInOrder) {
  std::vector<std::string> kinds;
  for (const TraceEntry& entry : budget_of(line_of()).trace) kinds.push_back(entry.kind);
  EXPECT_THAT(kinds, testing::ElementsAre("booster", "span", "in-line amplifier", "roadm", "span",
                                          "repeater", "span", "preamplifier"));
  EXPECT_EQ(budget_of(line_of(Direction::kBToA)).trace.front().kind, "span");
}

TEST(BoosterTest, LaunchPowersAreThoseBehindIt) {
  const LinkBudget budget = budget_of(line_of());
  const Hertz frequency = budget.channels[0].frequency;
  const Milliwatts noise =
      to_linear(Db(20)) * physics::input_referred_ase(Db(5.5), frequency, Hertz(32e9));
  EXPECT_NEAR(budget.light[0].power_in[0].value(), 1 - 20, 1e-9);
  EXPECT_NEAR(budget.light[0].power_out[0].value(), to_dbm(to_milliwatts(Dbm(1)) + noise).value(),
              1e-9);
  EXPECT_EQ(budget.line_output_power, budget.trace[0].total_power_out);
}

TEST(BoosterTest, ItsNoiseIsInTheLinesOsnr) {
  Line alone = line_of();
  alone.elements.resize(2);
  const double osnr = budget_of(alone).channels[3].osnr_01nm.value();
  // The NLI of T1 takes as much from signal as from noise.
  EXPECT_NEAR(
      osnr, physics::amplifier_osnr_01nm(Dbm(1 - 20), Db(5.5), alone.channels[3].frequency).value(),
      1e-9);
}

TEST(BoosterTest, GivesNoMoreThanItCan) {
  Line strong = line_of();
  for (plant::Channel& channel : strong.channels)
    channel.launch_power = channel.launch_power + Db(5);
  EXPECT_NEAR(budget_of(strong).line_output_power.value(), 20, 1e-9);
  EXPECT_LT(budget_of(line_of()).line_output_power, Dbm(20));
}

TEST(BoosterTest, LaunchPowersBeyondItAreRefusedInTheFile) {
  EXPECT_THAT(refusal(with("maximum_output_power_dbm: 20", "maximum_output_power_dbm: 15")),
              HasSubstr("spectrum: expected launch powers of 15 dBm in all, which is what the "
                        "booster of baku gives out at most, got"));
}

TEST(RoadmTest, BringsEveryChannelToTheLevelOfItsDegree) {
  const LinkBudget onward = budget_of(line_of());
  const auto& out = onward.light[index_of(onward, "X1")].power_out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    // Its own noise comes on top: 35 dB below in 12.5 GHz.
    const double bands = onward.channels[i].baud_rate.value() / 12.5e9;
    EXPECT_NEAR(out[i].value(), -3 + 10 * std::log10(1 + bands * std::pow(10, -3.5)), 2e-4);
  }
  const LinkBudget back = budget_of(line_of(Direction::kBToA));
  const auto& dry = back.light[index_of(back, "X1")].power_out;
  // At 32 and 64 GBd; what came lay more than the loss above.
  EXPECT_NEAR(dry[0].value(), 10 * std::log10(0.0004 * 32), 1e-9);
  EXPECT_NEAR(dry[25].value(), 10 * std::log10(0.0004 * 64), 1e-9);
}

TEST(RoadmTest, LevelsPerSlotFollowTheSlotsWidth) {
  const LinkBudget budget =
      budget_of(line_of(with("target_channel_power_dbm: -3", "target_mw_per_slot_ghz: 0.003")));
  const auto& out = budget.light[index_of(budget, "X1")].power_out;
  EXPECT_NEAR(out[0].value(), 10 * std::log10(0.003 * 50), 0.005);
  EXPECT_NEAR(out[25].value(), 10 * std::log10(0.003 * 100), 0.01);
}

TEST(RoadmTest, NeverAmplifies) {
  const LinkBudget budget =
      budget_of(line_of(with("target_channel_power_dbm: -3", "target_channel_power_dbm: 15")));
  EXPECT_NEAR(budget.trace[index_of(budget, "X1")].gain.value(), -6, 0.01);
}

TEST(RoadmTest, AddsPmdPdlAndNoise) {
  const LinkBudget there = budget_of(line_of());
  const LinkBudget plain =
      budget_of(line_of(with(", pmd_ps: 0.3, pdl_db: 0.5, osnr_01nm_db: 35", "")));
  const ChannelBudget& a = there.channels[0];
  const ChannelBudget& b = plain.channels[0];
  EXPECT_NEAR(std::pow(a.pmd.value(), 2) - std::pow(b.pmd.value(), 2), 0.09, 1e-12);
  EXPECT_NEAR(a.pdl.value(), 0.5, 1e-12);
  const double noise = 1 / to_linear(a.osnr_01nm) - 1 / to_linear(b.osnr_01nm);
  EXPECT_NEAR(-10 * std::log10(noise), 35, 0.02);
}

TEST(RoadmTest, StandsOnLandAlone) {
  EXPECT_THAT(
      refusal(with("- repeater: {name: R1, type: r16}", "- roadm: {name: R1, type: dry-side}")),
      HasSubstr("expected ROADMs in terrestrial segments alone"));
}

TEST(RoadmTest, HasOneTarget) {
  EXPECT_THAT(refusal(with("target_channel_power_dbm: -3",
                           "target_mw_per_ghz: 0.01, "
                           "target_channel_power_dbm: -3")),
              StartsWith("p.yaml:23:13: roadm_types.wet-side: expected one of "
                         "target_channel_power_dbm, target_mw_per_ghz, target_mw_per_slot_ghz"));
  EXPECT_THAT(refusal(with("type_towards_a: dry-side", "type_towards_a: none")),
              HasSubstr("unknown ROADM type 'none', expected one of wet-side, dry-side"));
}

TEST(InLineAmplifierTest, GivesNoMoreThanItCan) {
  const LinkBudget budget =
      budget_of(line_of(with("maximum_output_power_dbm: 21", "maximum_output_power_dbm: 12")));
  EXPECT_NEAR(budget.trace[index_of(budget, "A1")].total_power_out.value(), 12, 1e-9);
}

// Six alike spans, amplified back to launch power each: the closed form's own six-span figures.
TEST(CoherentAccumulationTest, AddsUpOverALineAsTheClosedFormSays) {
  const auto line_of_spans = [](int spans, plant::NonlinearModelKind kind) {
    Line line;
    for (int i = 0; i < 31; ++i) {
      plant::Channel channel;
      channel.number = i + 1;
      channel.frequency = Hertz(192.5e12 + 100e9 * i);
      channel.baud_rate = channel.slot_width = Hertz(90e9);
      channel.launch_power = Dbm(-20);  // too little for noise or depletion to count
      line.channels.push_back(channel);
    }
    plant::Span span;
    span.name = "S";
    span.fibre.attenuation = DbPerKm(0.2);
    span.fibre.dispersion = PsPerNmKm(17);
    span.fibre.effective_area = SquareMicrometers(80);
    span.fibre.nonlinear_index = SquareMetersPerWatt(2.6e-20);
    span.length = Kilometers(100);
    for (int i = 0; i < spans; ++i) {
      line.elements.emplace_back(span);
      line.elements.emplace_back(plant::InLineAmplifier{"A", Db(20), Db(-60)});
    }
    line.light_model.nonlinear = kind;
    return line;
  };
  using Kind = plant::NonlinearModelKind;
  const LinkBudget one = budget_of(line_of_spans(1, Kind::kIsrsGn));
  const LinkBudget coherent_one = budget_of(line_of_spans(1, Kind::kIsrsGnCoherent));
  const LinkBudget six = budget_of(line_of_spans(6, Kind::kIsrsGn));
  const Line line = line_of_spans(6, Kind::kIsrsGnCoherent);
  const LinkBudget coherent = budget_of(line);
  EXPECT_EQ(coherent.nonlinear_model, "isrs-gn-coherent");
  EXPECT_EQ(six.nonlinear_model, "isrs-gn");
  for (std::size_t i = 0; i < one.channels.size(); ++i) {
    EXPECT_NEAR(coherent_one.channels[i].snr_nli.value(), one.channels[i].snr_nli.value(), 1e-9);
    EXPECT_NEAR((one.channels[i].snr_nli - six.channels[i].snr_nli).value(), 10 * std::log10(6),
                0.02);
    // A channel of 90 GBd among 31: its own part of the interference is some tenth of the whole.
    const double more = (six.channels[i].snr_nli - coherent.channels[i].snr_nli).value();
    EXPECT_GT(more, 0.05);
    EXPECT_LT(more, 1.5);
  }
  // The line is propagated again for its end of life, which without allowances is its beginning.
  const auto both_ages = evaluate(line);
  ASSERT_TRUE(both_ages);
  for (const ChannelBudget& channel : both_ages->channels) {
    EXPECT_NEAR(channel.margin_eol.value(), channel.margin_bol.value(), 1e-9)
        << "a line forgets the runs of the one before";
  }
}

}  // namespace
}  // namespace caspilink::budget
