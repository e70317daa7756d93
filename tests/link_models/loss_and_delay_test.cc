#include <cmath>

#include <gtest/gtest.h>

#include "link_models/physics/attenuation.h"
#include "link_models/physics/dispersion.h"
#include "link_models/physics/latency.h"

namespace caspilink::physics {
namespace {

// n_g L / c over the cable's 380 km.
TEST(LatencyTest, CableDelayFollowsGroupIndex) {
  const auto microseconds = [](double index) {
    return latency(index, Kilometers(380)).value() * 1e6;
  };
  EXPECT_NEAR(microseconds(1.462), 1853.149, 5e-4);
  EXPECT_NEAR(microseconds(1.4677), 1860.374, 5e-4);
  EXPECT_NEAR(microseconds(1.468), 1860.754, 5e-4);
  EXPECT_NEAR(microseconds(1.4682), 1861.007, 5e-4);
  EXPECT_NEAR(latency(1.4682, Kilometers(1)).value() * 1e6, 4.897388, 5e-7);
}

TEST(DispersionTest, PmdGrowsWithTheRootOfLength) {
  SpectralState state = dark({193.4e12}, {32e9});
  plant::FibreType fibre;
  fibre.pmd = PsPerSqrtKm(0.04);
  for (int span = 0; span < 5; ++span) disperse(state, fibre, Kilometers(76));
  EXPECT_NEAR(std::sqrt(state.pmd_squared_ps2[0]), 0.7798, 1e-4);
}

TEST(DispersionTest, Beta2OfStandardFibre) {
  plant::FibreType fibre;
  fibre.dispersion = PsPerNmKm(16.7);
  EXPECT_NEAR(beta2_s2_per_m(fibre, Hertz(193.1e12)) * 1e27, -21.29998, 1e-5);
}

TEST(DispersionTest, Beta2WithSlopeAgreesWithDispersionAtTheFrequency) {
  plant::FibreType fibre;
  fibre.dispersion = PsPerNmKm(20.5);
  fibre.dispersion_slope = PsPerNm2Km(0.06);
  const Hertz frequency = reference_frequency() - Hertz(0.2e12);
  const double wavelength = constants::kSpeedOfLight / frequency.value();
  const double d = dispersion_at(fibre, frequency).value() * 1e-6;
  const double beta2 = -d * wavelength * wavelength / (2 * M_PI * constants::kSpeedOfLight);
  // beta3 is the first order of the same curve: the rest is small 0.2 THz away.
  EXPECT_NEAR(beta2_s2_per_m(fibre, frequency) / beta2, 1.0, 3e-5);
  EXPECT_GT(dispersion_at(fibre, frequency), fibre.dispersion);  // longer wavelength, more D
}

TEST(AttenuationTest, EffectiveLengthOfThePumpExample) {
  // 0.25 dB/km over 100 km.
  EXPECT_NEAR(effective_length_m({DbPerKm(0.25), Kilometers(100), {}}) * 1e-3, 17.3168, 5e-5);
}

TEST(AttenuationTest, LumpedLossShortensTheEffectiveLengthBehindIt) {
  const PowerProfile plain{DbPerKm(0.2), Kilometers(80), {}};
  const PowerProfile at_end{DbPerKm(0.2), Kilometers(80), {{Kilometers(80), Db(3)}}};
  const PowerProfile at_start{DbPerKm(0.2), Kilometers(80), {{Kilometers(0), Db(3)}}};
  EXPECT_DOUBLE_EQ(effective_length_m(at_end), effective_length_m(plain));
  EXPECT_DOUBLE_EQ(effective_length_m(at_start), effective_length_m(plain) * to_linear(Db(-3)));
}

TEST(AttenuationTest, LossTakesSignalAndNoiseAlike) {
  SpectralState state;
  state.frequency_hz = {193.1e12};
  state.baud_rate_hz = {32e9};
  state.signal_w = {1e-3};
  state.ase_w = {1e-6};
  state.nli_w = {1e-7};
  attenuate(state, Db(10));
  EXPECT_DOUBLE_EQ(state.signal_w[0], 1e-4);
  EXPECT_DOUBLE_EQ(state.ase_w[0], 1e-7);
  EXPECT_DOUBLE_EQ(state.nli_w[0], 1e-8);
}

}  // namespace
}  // namespace caspilink::physics
