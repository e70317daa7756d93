// Lines with real pumps: Raman gain and remote amplifiers in whole budgets.
#include <cmath>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/budget/link_budget.h"
#include "link_models/physics/attenuation.h"
#include "link_models/physics/gawbs.h"

namespace caspilink::budget {
namespace {

using plant::Line;
using plant::NonlinearModelKind;
using plant::PumpWay;
using plant::Span;

plant::FibreType fibre() {
  plant::FibreType type;
  type.name = "ull";
  type.attenuation = DbPerKm(0.152);
  type.dispersion = PsPerNmKm(20.5);
  type.pmd = PsPerSqrtKm(0.04);
  type.effective_area = SquareMicrometers(112);
  type.nonlinear_index = SquareMetersPerWatt(2.2e-20);
  return type;
}

Span span(std::string name, double km) {
  Span result;
  result.name = std::move(name);
  result.fibre = fibre();
  result.length = Kilometers(km);
  result.input_loss = Db(0.3);
  result.output_loss = Db(0.5);
  return result;
}

plant::Pump pump(double nm, double mw) {
  return {Hertz(constants::kSpeedOfLight / (nm * 1e-9)), Milliwatts(mw)};
}

std::vector<plant::Channel> channels(int count, double first_hz, double spacing_hz, double dbm) {
  std::vector<plant::Channel> result;
  for (int i = 0; i < count; ++i) {
    plant::Channel channel;
    channel.number = i + 1;
    channel.frequency = Hertz(first_hz + spacing_hz * i);
    channel.baud_rate = Hertz(32e9);
    channel.slot_width = Hertz(spacing_hz);
    channel.launch_power = Dbm(dbm);
    channel.lit = true;
    result.push_back(channel);
  }
  return result;
}

plant::Ropa ropa() {
  plant::Ropa body;
  body.name = "ROPA";
  auto& pumping = body.pumping.emplace();
  pumping.response = {{Milliwatts(0), Db(-8), Db(10)},
                      {Milliwatts(5), Db(15), Db(6)},
                      {Milliwatts(15), Db(22), Db(4.5)}};
  pumping.conversion_efficiency = 0.6;
  pumping.band_from = pump(1495, 1).frequency;
  pumping.band_to = pump(1465, 1).frequency;
  return body;
}

Line line(std::vector<plant::Element> elements, double dbm = 0) {
  Line result;
  result.fibre_pair = "FP01";
  result.channels = channels(24, 191.5e12, 150e9, dbm);
  result.elements = std::move(elements);
  return result;
}

// One span of 100 km with pumps at both ends.
Line raman_span() {
  return line(
      {plant::RamanPumps{"tx", PumpWay::kWithSignal, {pump(1440, 200)}}, span("S1", 100),
       plant::RamanPumps{"rx", PumpWay::kAgainstSignal, {pump(1455, 300), pump(1430, 250)}}});
}

// A ROPA pumped through the 110 km between it and the receiver.
Line ropa_line(double pump_mw = 700) {
  return line({span("S1", 230), ropa(), span("S2", 110),
               plant::RamanPumps{"rx", PumpWay::kAgainstSignal, {pump(1480, pump_mw)}}},
              6);
}

LinkBudget budget_of(const Line& here) {
  auto budget = evaluate(here, {.end_of_life = false});
  EXPECT_TRUE(budget) << budget.error().message();
  return budget ? *budget : LinkBudget{};
}

double gain_db(const LinkBudget& budget, std::string_view element) {
  for (const TraceEntry& entry : budget.trace) {
    if (entry.name == element) return entry.gain.value();
  }
  ADD_FAILURE() << "no element " << element;
  return 0;
}

void expect_same_light(const LinkBudget& a, const LinkBudget& b, double tolerance_db) {
  ASSERT_EQ(a.channels.size(), b.channels.size());
  for (std::size_t i = 0; i < a.channels.size(); ++i) {
    EXPECT_NEAR(a.channels[i].signal_power.value(), b.channels[i].signal_power.value(),
                tolerance_db);
    EXPECT_NEAR(a.channels[i].snr_ase.value(), b.channels[i].snr_ase.value(), tolerance_db);
    EXPECT_NEAR(a.channels[i].snr_nli.value(), b.channels[i].snr_nli.value(), tolerance_db);
  }
}

// exp(C_R P L_eff) for one weak channel at the gain's peak, of a pump that nothing depletes.
TEST(PumpedLineTest, AWeakChannelSeesTheUndepletedGain) {
  Line here = raman_span();
  here.elements = {span("S1", 100), plant::RamanPumps{"rx", PumpWay::kAgainstSignal, {}}};
  auto& pumps = std::get<plant::RamanPumps>(here.elements[1]).pumps;
  here.channels = channels(1, 193e12, 100e9, -40);
  const double off = budget_of(here).channels[0].signal_power.value();
  pumps = {{Hertz(206.2e12), Milliwatts(200)}};
  const double on = budget_of(here).channels[0].signal_power.value();
  const double alpha =
      physics::power_attenuation_per_m(physics::attenuation_at(fibre(), pumps[0].frequency)) * 1e3;
  const double effective_km = -std::expm1(-alpha * 100) / alpha;
  const double inside_w = 0.2 * std::pow(10, -0.05);  // behind the span's output loss
  const double per_w_km = (on - off) * std::log(10) / 10 / (inside_w * effective_km);
  // 0.401 /(W km) at 83 um2, in about inverse proportion to the area.
  EXPECT_NEAR(per_w_km, 0.401 * 83 / 112, 0.02);
}

TEST(PumpedLineTest, ASpanMayBeSplitAnywhere) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> part(0.001, 0.999);
  for (Line whole : {raman_span(), ropa_line()}) {
    ASSERT_TRUE(plant::add_loss(whole, Kilometers(33), Db(0.7)));
    const LinkBudget expected = budget_of(whole);
    for (int attempt = 0; attempt < 4; ++attempt) {
      Line split = whole;
      std::size_t which = 0;
      while (!std::holds_alternative<Span>(split.elements[which]) || random() % 2 == 0) {
        which = (which + 1) % split.elements.size();
      }
      auto* first = std::get_if<Span>(&split.elements[which]);
      Span second = *first;
      first->length = part(random) * second.length;
      second.length -= first->length;
      first->output_loss = second.input_loss = Db(0);
      second.lumped_losses.clear();
      std::erase_if(first->lumped_losses, [&](const plant::LumpedLoss& lumped) {
        if (lumped.at <= first->length) return false;
        second.lumped_losses.push_back({lumped.at - first->length, lumped.loss, lumped.cause});
        return true;
      });
      split.elements.insert(split.elements.begin() + static_cast<std::ptrdiff_t>(which) + 1,
                            second);
      expect_same_light(expected, budget_of(split), 1e-6);
    }
  }
}

TEST(PumpedLineTest, ChannelsAndPumpsMayComeInAnyOrder) {
  const Line ordered = raman_span();
  Line shuffled = ordered;
  std::reverse(shuffled.channels.begin(), shuffled.channels.end());
  auto& pumps = std::get<plant::RamanPumps>(shuffled.elements[2]).pumps;
  std::reverse(pumps.begin(), pumps.end());
  LinkBudget found = budget_of(shuffled);
  std::reverse(found.channels.begin(), found.channels.end());
  expect_same_light(budget_of(ordered), found, 1e-3);
}

TEST(PumpedLineTest, PumpsEndAtTheFirstBody) {
  Line here = ropa_line();
  const auto before = gain_db(budget_of(here), "S1");
  std::get<plant::RamanPumps>(here.elements[3]).pumps.push_back(pump(1450, 300));
  EXPECT_EQ(gain_db(budget_of(here), "S1"), before);
}

TEST(PumpedLineTest, LessPumpNeverGivesMoreRopaGain) {
  double before = -100;
  for (const double mw : {1.0, 50.0, 150.0, 250.0, 350.0, 450.0, 550.0, 650.0, 750.0}) {
    const double gain = gain_db(budget_of(ropa_line(mw)), "ROPA");
    EXPECT_GE(gain, before) << mw << " mW";
    before = gain;
  }
  EXPECT_LT(gain_db(budget_of(ropa_line(1)), "ROPA"), -7);
  EXPECT_GT(before, 12);
}

// 0.5 dB at the port, then 110 km at 0.152 (1550 / 1480)^4 dB/km, and 0.3 dB at the ROPA. Channels
// hardly there leave the pump alone.
TEST(PumpedLineTest, RopaWorksWithWhatTheFibreLeavesOfItsPump) {
  Line here = ropa_line();
  for (plant::Channel& channel : here.channels) channel.launch_power = Dbm(-30);
  const double left_mw =
      700 * std::pow(10, -(0.8 + 110 * 0.152 * std::pow(1550.0 / 1480.0, 4)) / 10);
  EXPECT_THAT(left_mw, testing::AllOf(testing::Gt(4.0), testing::Lt(10.0)));
  const double expected = left_mw < 5 ? -8 + 23 * left_mw / 5 : 15 + 0.7 * (left_mw - 5);
  // The trace's gain is of all light, the noise the ROPA adds included.
  const LinkBudget budget = budget_of(here);
  Line without = here;
  without.elements[1] = plant::InLineAmplifier{"none", Db(0), Db(0)};
  EXPECT_NEAR(
      (budget.channels[0].signal_power - budget_of(without).channels[0].signal_power).value(),
      expected, 0.1);  // the ROPA's own noise saturates it a little
}

TEST(PumpedLineTest, LossBehindARopaStarvesIt) {
  double before = 100;
  for (const double db : {0.0, 1.0, 2.0, 4.0, 8.0, 16.0}) {
    Line lossy = ropa_line();
    ASSERT_TRUE(plant::add_loss(lossy, Kilometers(300), Db(db)));
    const LinkBudget budget = budget_of(lossy);
    const double gain = gain_db(budget, "ROPA");
    EXPECT_LT(gain, before);
    before = gain;
  }
  EXPECT_LT(before, -6);
  Line lossy = ropa_line();
  ASSERT_TRUE(plant::add_loss(lossy, Kilometers(100), Db(3)));  // before it: more gain, if anything
  EXPECT_GE(gain_db(budget_of(lossy), "ROPA"), gain_db(budget_of(ropa_line()), "ROPA"));
}

TEST(PumpedLineTest, APumpFibreIsSparedTheLinesFaults) {
  Line here = ropa_line();
  auto& pumping = *std::get<plant::Ropa>(here.elements[1]).pumping;
  pumping.pump_fibre =
      plant::RopaFeed{pump(1480, 1000), plant::RopaFeed::Delivery::kPumpFibre, Db(1)};
  here.elements.pop_back();
  const double before = gain_db(budget_of(here), "ROPA");
  ASSERT_TRUE(plant::add_loss(here, Kilometers(300), Db(8)));
  EXPECT_EQ(gain_db(budget_of(here), "ROPA"), before);
  pumping.pump_fibre->pump_fibre_loss = Db(4);
  EXPECT_LT(gain_db(budget_of(here), "ROPA"), before);
}

TEST(PumpedLineTest, ARopaMayBePumpedFromTheSender) {
  Line here = line({plant::RamanPumps{"tx", PumpWay::kWithSignal, {pump(1480, 600)}},
                    span("S1", 80), ropa(), span("S2", 110)},
                   -40);
  std::get<plant::Ropa>(here.elements[2]).pumping->way = PumpWay::kWithSignal;
  const double before = gain_db(budget_of(here), "ROPA");
  EXPECT_GT(before, 10);
  std::get<plant::RamanPumps>(here.elements[0]).pumps[0].power = Milliwatts(150);
  EXPECT_LT(gain_db(budget_of(here), "ROPA"), before - 3);
}

TEST(PumpedLineTest, AWeakenedRopaLosesPump) {
  Line weak = ropa_line();
  ASSERT_TRUE(plant::weaken_ropa(weak, "ROPA", Db(3), Db(1)));
  EXPECT_LT(gain_db(budget_of(weak), "ROPA"), gain_db(budget_of(ropa_line()), "ROPA") - 3);
  EXPECT_FALSE(plant::weaken_ropa(weak, "R9", Db(3), Db(1)));
}

TEST(PumpedLineTest, MoreLossNeverRaisesGsnr) {
  // Below the optimum launch power.
  Line faint = raman_span();
  for (plant::Channel& channel : faint.channels) channel.launch_power = Dbm(-9);
  for (const Line& here : {faint, ropa_line()}) {
    const LinkBudget before = budget_of(here);
    const double length = plant::length_of(here).value();
    for (double place = 0; place <= length; place += length / 6) {
      Line lossy = here;
      ASSERT_TRUE(plant::add_loss(lossy, Kilometers(place), Db(1.5)));
      const LinkBudget after = budget_of(lossy);
      for (std::size_t i = 0; i < before.channels.size(); ++i) {
        ASSERT_LE(after.channels[i].gsnr, before.channels[i].gsnr) << place << " km, channel " << i;
      }
    }
  }
}

TEST(PumpedLineTest, ACutLeavesFiniteFigures) {
  for (const double place : {20.0, 300.0}) {
    Line cut = ropa_line();
    ASSERT_TRUE(plant::add_loss(cut, Kilometers(place), Db(120)));
    for (const ChannelBudget& channel : budget_of(cut).channels) {
      EXPECT_LT(channel.gsnr, Db(-30));
      EXPECT_TRUE(std::isfinite(channel.signal_power.value()));
    }
  }
}

TEST(PumpedLineTest, AnImpossiblePumpPlanNamesThePumps) {
  Line here = raman_span();
  std::get<plant::RamanPumps>(here.elements[2]).pumps = {pump(1455, 5e7), pump(1490, 5e7)};
  const auto budget = evaluate(here);
  ASSERT_FALSE(budget);
  EXPECT_EQ(budget.error().code, ErrorCode::kNotConverged);
  EXPECT_THAT(budget.error().message(), testing::HasSubstr("rx: "));
  EXPECT_THAT(budget.error().message(), testing::HasSubstr("THz"));
}

TEST(PumpedLineTest, PumpsThatMeetAnotherFibreAreRefused) {
  Line here = raman_span();
  Span other = span("S0", 20);
  other.fibre.name = "ssmf";
  other.fibre.attenuation = DbPerKm(0.2);
  here.elements.insert(here.elements.begin() + 1, other);
  const auto budget = evaluate(here);
  ASSERT_FALSE(budget);
  EXPECT_THAT(budget.error().message(), testing::HasSubstr("ssmf in S0 and ull in S1"));
}

// Signals of high frequency feed those of low; without scattering all leave alike.
TEST(ScatteringTest, TiltsTheBandAndKeepsItsPhotons) {
  Line here = line({span("S1", 100)}, 4);
  const LinkBudget flat = budget_of(here);
  EXPECT_NEAR((flat.channels.front().total_power - flat.channels.back().total_power).value(), 0,
              1e-9);
  here.light_model.nonlinear = NonlinearModelKind::kGnSrs;
  const LinkBudget tilted = budget_of(here);
  for (std::size_t i = 1; i < tilted.channels.size(); ++i) {
    EXPECT_LT(tilted.channels[i].total_power, tilted.channels[i - 1].total_power);
  }
  double before = 0;
  double after = 0;
  for (std::size_t i = 0; i < flat.channels.size(); ++i) {
    before +=
        to_milliwatts(flat.channels[i].total_power).value() / flat.channels[i].frequency.value();
    after += to_milliwatts(tilted.channels[i].total_power).value() /
             tilted.channels[i].frequency.value();
  }
  EXPECT_NEAR(after / before, 1, 1e-4);
}

TEST(ScatteringTest, PerturbationAgreesWithTheCoupledEquations) {
  // 25.8 dBm over 7 THz: more than any line of ours.
  Line here = line({span("S1", 160), plant::RamanPumps{"rx", PumpWay::kAgainstSignal, {}}});
  here.channels = channels(96, 188.7e12, 75e9, 6);
  here.light_model.nonlinear = NonlinearModelKind::kGnSrs;
  const LinkBudget quick = budget_of(here);
  // A pump too weak to matter brings in the full solver.
  std::get<plant::RamanPumps>(here.elements[1]).pumps = {pump(1380, 1e-6)};
  const LinkBudget full = budget_of(here);
  for (std::size_t i = 0; i < quick.channels.size(); ++i) {
    EXPECT_NEAR(quick.channels[i].signal_power.value(), full.channels[i].signal_power.value(),
                0.01);
    EXPECT_NEAR(quick.channels[i].snr_nli.value(), full.channels[i].snr_nli.value(), 0.02);
  }
}

// Three ways to one truth: 96 channels, 80 km, a total of 20 dBm.
TEST(ScatteringTest, ModelsOfInterferenceAgreeOnPlainFibre) {
  Line here = line({span("S1", 80), plant::InLineAmplifier{"A", Db(13), Db(5)}});
  here.channels = channels(24, 192.5e12, 50e9, 2);
  here.light_model.nonlinear = NonlinearModelKind::kGgn;
  const LinkBudget integral = budget_of(here);
  EXPECT_EQ(integral.nonlinear_model, "generalised-gn");
  for (const auto kind : {NonlinearModelKind::kGnSrs, NonlinearModelKind::kIsrsGn}) {
    here.light_model.nonlinear = kind;
    const LinkBudget closed = budget_of(here);
    for (std::size_t i = 0; i < closed.channels.size(); ++i) {
      EXPECT_NEAR(closed.channels[i].snr_nli.value(), integral.channels[i].snr_nli.value(), 1.0);
      EXPECT_NEAR(closed.channels[i].snr_ase.value(), integral.channels[i].snr_ase.value(), 0.01);
    }
  }
}

TEST(ScatteringTest, TheClosedFormRefusesPumps) {
  Line here = raman_span();
  here.light_model.nonlinear = NonlinearModelKind::kIsrsGn;
  const auto budget = evaluate(here);
  ASSERT_FALSE(budget);
  EXPECT_THAT(budget.error().message(), testing::HasSubstr("knows no Raman pumps"));
}

TEST(ScatteringTest, OneChannelAloneSeesNone) {
  Line here = line({span("S1", 80)}, 3);
  here.channels.resize(1);
  const double plain = budget_of(here).channels[0].gsnr.value();
  here.light_model.nonlinear = NonlinearModelKind::kGnSrs;
  // The profile is sampled, the GN model's own effective length is not.
  EXPECT_NEAR(budget_of(here).channels[0].gsnr.value(), plain, 1e-6);
}

TEST(AttenuationPointsTest, ChannelsLoseWhatTheirFrequencySays) {
  Line here = line({span("S1", 100)});
  auto& points = std::get<Span>(here.elements[0]).fibre.attenuation_points;
  points = {{Hertz(191.5e12), DbPerKm(0.16)}, {Hertz(191.5e12 + 23 * 150e9), DbPerKm(0.18)}};
  const LinkBudget budget = budget_of(here);
  EXPECT_NEAR(budget.channels.front().total_power.value(), -16.8, 1e-9);
  EXPECT_NEAR(budget.channels.back().total_power.value(), -18.8, 1e-9);
  EXPECT_NEAR(budget.channels[23 / 2].total_power.value(), -16.8 - 2 * 11.0 / 23, 1e-9);
}

TEST(GawbsTest, NoiseGrowsWithLengthAndTightness) {
  Line here = line({span("S1", 190), span("S2", 190)}, -20);
  const LinkBudget without = budget_of(here);
  here.light_model.gawbs_per_km = Db(-61.5);
  const LinkBudget with = budget_of(here);
  const double noise =
      1 / to_linear(with.channels[3].gsnr) - 1 / to_linear(without.channels[3].gsnr);
  EXPECT_NEAR(-10 * std::log10(noise), 61.5 - 10 * std::log10(380.0 * 80 / 112), 1e-6);
  // About 36 dB for the whole cable in fibre of 80 um2.
  const double cable =
      physics::gawbs_noise_to_signal(Db(-61.5), SquareMicrometers(80), Kilometers(380));
  EXPECT_NEAR(-10 * std::log10(cable), 35.7022, 1e-4);
}

}  // namespace
}  // namespace caspilink::budget
