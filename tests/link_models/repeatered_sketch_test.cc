// The repeatered Trans-Caspian sketch worked out by hand: 96 channels filling 50 GHz each,
// 5 x 76 km at 0.155 dB/km + 0.5 dB, repeaters of NF 5 dB held at 18 dBm.
#include <gtest/gtest.h>

#include "link_models/budget/link_budget.h"
#include "link_models/physics/amplifier.h"
#include "link_models/physics/dispersion.h"
#include "link_models/physics/fibre_nonlinearity.h"
#include "link_models/physics/gn_closed_form.h"

namespace caspilink::budget {
namespace {

constexpr Dbm kLaunch(-1.8227);
constexpr Kilometers kSpan(76);

plant::FibreType fibre() {
  plant::FibreType result;
  result.attenuation = DbPerKm(0.155);
  result.dispersion = PsPerNmKm(20.5);
  result.effective_area = SquareMicrometers(112);
  result.nonlinear_index = SquareMetersPerWatt(2.2e-20);
  return result;
}

plant::Line line() {
  plant::Line result;
  for (int i = 0; i < 96; ++i) {
    plant::Channel channel;
    channel.number = i + 1;
    // Centred on 1550 nm, where the sketch takes its constants.
    channel.frequency = physics::reference_frequency() + Hertz((i - 47.5) * 50e9);
    channel.baud_rate = channel.slot_width = Hertz(50e9);
    channel.launch_power = kLaunch;
    channel.lit = true;
    result.channels.push_back(channel);
  }
  for (int i = 0; i < 5; ++i) {
    plant::Span span;
    span.name = "S";
    span.fibre = fibre();
    span.length = kSpan;
    span.output_loss = Db(0.5);
    result.elements.emplace_back(span);
    plant::Repeater repeater;
    repeater.name = "R";
    repeater.total_output_power = Dbm(18);
    repeater.noise_figure = Db(5);
    result.elements.emplace_back(repeater);
  }
  return result;
}

TEST(RepeateredSketchTest, PerSpanFiguresAndOptimumLaunch) {
  const Hertz centre = physics::reference_frequency();
  physics::FilledBand band;
  band.nonlinear_coefficient_per_w_m = physics::nonlinear_coefficient_per_w_m(fibre(), centre);
  band.abs_beta2_s2_per_m = -physics::beta2_s2_per_m(fibre(), centre);
  band.attenuation = fibre().attenuation;
  band.span_length = kSpan;
  band.bandwidth = Hertz(96 * 50e9);
  const double signal = to_milliwatts(kLaunch).value() * 1e-3;
  const Milliwatts nli(physics::nli_density_w_per_hz(band, signal / 50e9) * 50e9 * 1e3);
  EXPECT_NEAR(to_dbm(nli).value(), -41.1767, 2e-4);
  // At the amplifier's output: its gain makes up for 12.28 dB.
  const Milliwatts ase =
      to_linear(Db(12.28)) * physics::input_referred_ase(Db(5), centre, Hertz(50e9));
  EXPECT_NEAR(to_dbm(ase).value(), -34.6528, 1e-4);
  EXPECT_NEAR(physics::optimum_launch_power(ase, nli, kLaunch).value(), -0.6515, 2e-4);
  EXPECT_NEAR((kLaunch - to_dbm(5 * nli)).value(), 32.3643, 2e-4);
  EXPECT_NEAR((kLaunch - to_dbm(5 * ase)).value(), 25.8404, 1e-4);
}

// Channel by channel, with noise taking its share of the held total, the centre comes out within
// some hundredths of a decibel of the hand calculation.
TEST(RepeateredSketchTest, PropagationAgreesWithTheHandCalculation) {
  const auto budget = evaluate(line());
  ASSERT_TRUE(budget) << budget.error().message();
  const ChannelBudget& centre = budget->channels[48];
  EXPECT_NEAR(centre.snr_nli.value(), 32.3643, 0.02);
  EXPECT_NEAR(centre.snr_ase.value(), 25.8404, 0.02);
  EXPECT_NEAR(centre.gsnr.value(), 24.9674, 0.02);
  EXPECT_NEAR(budget->latency.value() * 1e6, 1860.754, 5e-4);
  EXPECT_NEAR(budget->line_output_power.value(), 18.0, 1e-4);
  for (const TraceEntry& entry : budget->trace) {
    if (entry.kind == "repeater") {
      EXPECT_NEAR(entry.total_power_out.value(), 18.0, 1e-9);
    }
  }
}

}  // namespace
}  // namespace caspilink::budget
