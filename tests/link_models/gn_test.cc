// The GN model against published and independently computed figures.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "link_models/physics/fibre_nonlinearity.h"
#include "link_models/physics/gn_analytic.h"
#include "link_models/physics/gn_closed_form.h"

namespace caspilink::physics {
namespace {

// 80 km of standard fibre as GNPy's own tests use it.
FibreRun standard_run() {
  FibreRun run;
  run.fibre.attenuation = DbPerKm(0.2);
  run.fibre.dispersion = PsPerNmKm(16.7);
  run.fibre.effective_area = SquareMicrometers(83);
  run.fibre.nonlinear_index = SquareMetersPerWatt(2.6e-20);
  run.profile = {run.fibre.attenuation, Kilometers(80), {}};
  return run;
}

plant::Channel channel(double hz, double baud, double milliwatts) {
  plant::Channel result;
  result.frequency = Hertz(hz);
  result.baud_rate = Hertz(baud);
  result.launch_power = to_dbm(Milliwatts(milliwatts));
  return result;
}

// NLI at the fibre's end, behind 0.5 dB connectors on both sides.
std::vector<double> nli_out(const std::vector<plant::Channel>& channels) {
  const FibreRun run = standard_run();
  SpectralState state = launch(channels);
  attenuate(state, Db(0.5));
  GnAnalytic model;
  std::vector<double> nli(state.size());
  EXPECT_TRUE(model.interference(run, state, nullptr, nli));
  for (double& watts : nli) watts *= to_linear(Db(-(0.2 * 80 + 0.5)));
  return nli;
}

TEST(GnAnalyticTest, NinetySixChannelsOverOneFibre) {
  std::vector<plant::Channel> channels;
  for (int i = 0; i < 96; ++i) channels.push_back(channel(191.35e12 + i * 50e9, 32e9, 1));
  const std::vector<double> nli = nli_out(channels);
  EXPECT_NEAR(nli[0], 1.0570305869e-8, 1e-17);
  EXPECT_NEAR(nli[37], 1.6524346392e-8, 1e-17);
  EXPECT_NEAR(nli[47], 1.6810979572e-8, 1e-17);
  EXPECT_NEAR(nli[95], 1.1945799972e-8, 1e-17);
}

TEST(GnAnalyticTest, FlexibleGridOfMixedRatesAndPowers) {
  const std::vector<double> nli = nli_out(
      {channel(191e12, 32e9, 1), channel(191.05e12, 42e9, 0.9), channel(191.15e12, 64e9, 1.3),
       channel(191.225e12, 42e9, 0.8), channel(191.275e12, 32e9, 1.2)});
  const double expected[] = {5.1831347996e-9, 4.2862004086e-9, 6.2510001955e-9, 4.0823320345e-9,
                             7.8577621672e-9};
  for (std::size_t i = 0; i < nli.size(); ++i) EXPECT_NEAR(nli[i], expected[i], 1e-18) << i;
}

TEST(GnAnalyticTest, EvenGridAgreesWithTheGeneralSum) {
  std::vector<plant::Channel> even;
  for (int i = 0; i < 20; ++i) even.push_back(channel(191.35e12 + i * 50e9, 32e9, 1));
  std::vector<plant::Channel> shuffled = even;
  std::swap(shuffled[0], shuffled[7]);
  const std::vector<double> fast = nli_out(even);
  const std::vector<double> general = nli_out(shuffled);
  EXPECT_NEAR(fast[0] / general[7], 1.0, 1e-12);
  EXPECT_NEAR(fast[3] / general[3], 1.0, 1e-12);
}

TEST(GnAnalyticTest, ASingleChannelDisturbsItself) {
  EXPECT_GT(nli_out({channel(193.1e12, 32e9, 1)})[0], 0);
}

TEST(DepleteTest, ChannelTotalStays) {
  SpectralState state = launch({channel(193.1e12, 32e9, 1)});
  state.ase_w = {2e-5};
  state.nli_w = {1e-5};
  const double before = total_power(state).value();
  deplete(state, {3e-5});
  EXPECT_DOUBLE_EQ(total_power(state).value(), before);
  EXPECT_LT(state.signal_w[0], 1e-3);
  EXPECT_LT(state.ase_w[0], 2e-5);
  EXPECT_GT(state.nli_w[0], 3e-5);
}

TEST(DepleteTest, MoreInterferenceThanLightTakesItAll) {
  SpectralState state = launch({channel(193.1e12, 32e9, 1)});
  deplete(state, {1.0});
  EXPECT_EQ(state.signal_w[0], 0);
  EXPECT_DOUBLE_EQ(state.nli_w[0], 1e-3);
}

// gamma 1.3, beta2 -21.67, 0.2 dB/km, 100 km, 157 x 32 GHz, 0 dBm.
TEST(GnClosedFormTest, FilledBandOf157Channels) {
  FilledBand band;
  band.nonlinear_coefficient_per_w_m = 1.3e-3;
  band.abs_beta2_s2_per_m = 21.67e-27;
  band.attenuation = DbPerKm(0.2);
  band.span_length = Kilometers(100);
  band.bandwidth = Hertz(157 * 32e9);
  const double nli = nli_density_w_per_hz(band, 1e-3 / 32e9) * 32e9;
  EXPECT_NEAR(to_dbm(Milliwatts(nli * 1e3)).value(), -27.4853, 5e-5);
}

// The same from eq. 120, which sums channel by channel.
TEST(GnAnalyticTest, FilledBandOf157Channels) {
  FibreRun run;
  run.fibre.attenuation = DbPerKm(0.2);
  const double lambda = 1550e-9;
  run.fibre.dispersion =
      PsPerNmKm(21.67e-27 * 2 * M_PI * constants::kSpeedOfLight / (lambda * lambda) * 1e6);
  run.fibre.effective_area = SquareMicrometers(80);
  // n2 for gamma 1.3 /(W km) at the centre channel.
  const double centre = constants::kSpeedOfLight / lambda;
  run.fibre.nonlinear_index = SquareMetersPerWatt(1e-20);
  const double per_1e20 = nonlinear_coefficient_per_w_m(run.fibre, Hertz(centre));
  run.fibre.nonlinear_index = SquareMetersPerWatt(1e-20 * 1.3e-3 / per_1e20);
  run.profile = {run.fibre.attenuation, Kilometers(100), {}};
  std::vector<plant::Channel> channels;
  for (int i = 0; i < 157; ++i) channels.push_back(channel(centre + (i - 78) * 32e9, 32e9, 1));
  const SpectralState state = launch(channels);
  GnAnalytic model;
  std::vector<double> nli(state.size());
  ASSERT_TRUE(model.interference(run, state, nullptr, nli));
  EXPECT_NEAR(to_dbm(Milliwatts(nli[78] * 1e3)).value(), -27.5008, 5e-5);
}

TEST(FibreNonlinearityTest, CoefficientAtTheReferenceIsThePlainRatio) {
  plant::FibreType fibre;
  fibre.effective_area = SquareMicrometers(112);
  fibre.nonlinear_index = SquareMetersPerWatt(2.2e-20);
  const Hertz reference(constants::kSpeedOfLight / 1550e-9);
  EXPECT_NEAR(nonlinear_coefficient_per_w_m(fibre, reference) * 1e3, 0.79626, 5e-6);
  EXPECT_GT(nonlinear_coefficient_per_w_m(fibre, Hertz(196e12)),
            nonlinear_coefficient_per_w_m(fibre, Hertz(191e12)));
}

}  // namespace
}  // namespace caspilink::physics
