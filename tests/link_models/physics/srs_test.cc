#include "link_models/physics/srs.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/physics/raman_gain.h"
#include "tests/link_models/physics/figures.h"

namespace caspilink::physics {
namespace {

using ::testing::HasSubstr;

constexpr double kArea83 = 83e-12;  // m2

TEST(RamanGainTest, CouplingIsThatOfGnpy) {
  const auto& figures = gnpy_figures()["coupling"];
  const std::vector<double> frequency = figures["frequency_hz"];
  for (const auto& [name, area] : {std::pair{"area_83", 83e-12}, {"area_125", 125e-12}}) {
    const RamanCoupling coupling(silica_raman_gain(), frequency, area, kReferenceHz,
                                 PhotonEnergy::kIgnored);
    for (std::size_t i = 0; i < frequency.size(); ++i) {
      for (std::size_t j = 0; j < frequency.size(); ++j) {
        const double expected = figures[name][i][j];
        EXPECT_NEAR(coupling(i, j), expected, 1e-6 * std::abs(expected)) << i << " " << j;
      }
    }
  }
}

TEST(RamanGainTest, CouplingIsAppliedAsAPlainDoubleLoopWould) {
  for (const std::size_t n : {1U, 4U, 7U, 99U}) {
    const auto frequency = comb(n, 186e12, 310e9);
    const RamanCoupling coupling(silica_raman_gain(), frequency, kArea83, kReferenceHz,
                                 PhotonEnergy::kHeatsFibre);
    std::vector<double> power;
    for (std::size_t i = 0; i < n; ++i) {
      power.push_back(1e-3 * (1 + 0.3 * std::sin(static_cast<double>(i))));
    }
    std::vector<double> fast(n);
    coupling.apply(power, fast);
    for (std::size_t i = 0; i < n; ++i) {
      double plain = 0;
      double size = 0;
      for (std::size_t j = 0; j < n; ++j) {
        plain += coupling(i, j) * power[j];
        size += std::abs(coupling(i, j) * power[j]);
      }
      EXPECT_NEAR(fast[i], plain, 1e-12 * size) << i << " of " << n;
    }
  }
}

TEST(RamanGainTest, WavesInGroupsGainAsTheirSharesDo) {
  const auto frequency = comb(5, 190e12, 2.5e12);
  const RamanCoupling all(silica_raman_gain(), frequency, 83e-12, kReferenceHz,
                          PhotonEnergy::kHeatsFibre);
  const std::vector<std::size_t> group{0, 0, 1, 1, 2};
  const std::vector<double> share{0.3, 0.7, 0.5, 0.5, 1.0};
  const std::vector<double> of_group{2e-3, 3e-3, 0.1};
  std::vector<double> power(5);
  for (std::size_t i = 0; i < 5; ++i) power[i] = share[i] * of_group[group[i]];
  std::vector<double> gain(5);
  all.apply(power, gain);
  std::vector<double> grouped(3);
  all.grouped(group, share, 3).apply(of_group, grouped);
  EXPECT_NEAR(grouped[0], 0.3 * gain[0] + 0.7 * gain[1], 1e-15);
  EXPECT_NEAR(grouped[1], (gain[2] + gain[3]) / 2, 1e-15);
  EXPECT_NEAR(grouped[2], gain[4], 1e-15);
}

TEST(RamanGainTest, MeasuredProfileIsUsedAsStated) {
  const auto& figures = gnpy_figures()["coupling"];
  const auto& measured = figures["measured"];
  const auto profile = measured_raman_gain(
      measured["reference_frequency"], std::vector<double>(measured["frequency_offset"]),
      std::vector<double>(measured["g0"]), kArea83, kReferenceHz);
  ASSERT_TRUE(profile);
  const std::vector<double> frequency = figures["frequency_hz"];
  const RamanCoupling coupling(*profile, frequency, kArea83, kReferenceHz, PhotonEnergy::kIgnored);
  for (std::size_t i = 0; i < frequency.size(); ++i) {
    for (std::size_t j = 0; j < frequency.size(); ++j) {
      const double expected = figures["area_83_measured"][i][j];
      EXPECT_NEAR(coupling(i, j), expected, 1e-9 * std::abs(expected)) << i << " " << j;
    }
  }
}

TEST(RamanGainTest, MeasuredProfileThatMakesNoSenseIsRefused) {
  const std::vector<double> offset{0, 5e12, 4e12};
  const std::vector<double> gain{0, 1e-4, 2e-4};
  const auto unordered = measured_raman_gain(206e12, offset, gain, kArea83, kReferenceHz);
  ASSERT_FALSE(unordered);
  EXPECT_THAT(unordered.error().message(), HasSubstr("entry 3"));
  const std::vector<double> two{0, 5e12};
  EXPECT_FALSE(measured_raman_gain(206e12, two, gain, kArea83, kReferenceHz));
  const std::vector<double> negative{0, -1e-4};
  EXPECT_FALSE(measured_raman_gain(206e12, two, negative, kArea83, kReferenceHz));
}

// 0.4195 /W/km is published for standard fibre, 75.7 um2 where it is pumped at 1454 nm.
TEST(RamanGainTest, PeakGainOfStandardFibre) {
  const double pump = 206.184634112792e12;
  const std::vector<double> frequency{pump - 12.75e12, pump};
  const RamanCoupling coupling(silica_raman_gain(), frequency, kArea83, kReferenceHz,
                               PhotonEnergy::kHeatsFibre);
  EXPECT_NEAR(coupling(0, 1) * 1e3, 0.41951, 2e-5);
  EXPECT_NEAR(coupling(1, 0) / coupling(0, 1), -pump / (pump - 12.75e12), 1e-12);
}

struct Light {
  std::vector<double> frequency;
  std::vector<double> power;
  std::vector<double> alpha;
  RamanCoupling coupling;
  std::vector<LumpedTransmission> losses;
  double length_m = 76e3;

  SrsInput input() const { return {power, alpha, &coupling, length_m, losses}; }
  std::vector<double> losses_db(int order) const {
    const auto z = profile_positions(length_m, 10e3, losses);
    const auto profile = perturbative_srs(input(), order, z);
    EXPECT_TRUE(profile);
    std::vector<double> loss;
    for (std::size_t i = 0; i < power.size(); ++i) {
      loss.push_back(loss_db(profile->transmission(i)));
    }
    return loss;
  }
};

Light c_band(double power_w = 2e-3) {
  Light light;
  light.frequency = comb(96, 191.35e12, 50e9);
  light.power.assign(96, power_w);
  light.alpha.assign(96, alpha_per_m(0.2));
  light.coupling = RamanCoupling(silica_raman_gain(), light.frequency, kArea83, kReferenceHz,
                                 PhotonEnergy::kIgnored);
  return light;
}

// 24 x 8 mW over 9 THz, attenuation by frequency and two lumped losses.
Light c_and_l_band() {
  Light light;
  light.frequency = comb(24, 186.2e12, 400e9);
  light.power.assign(24, 8e-3);
  light.alpha = alpha_per_m_at(light.frequency);
  light.coupling = RamanCoupling(silica_raman_gain(), light.frequency, 110e-12, kReferenceHz,
                                 PhotonEnergy::kIgnored);
  light.losses = {{20e3, std::pow(10, -0.04)}, {33.3e3, std::pow(10, -0.07)}};
  light.length_m = 90e3;
  return light;
}

TEST(PerturbativeSrsTest, EvenAttenuationAgreesWithGnpyAtEveryOrder) {
  const auto light = c_band();
  for (int order = 1; order <= 4; ++order) {
    const std::vector<double> expected =
        gnpy_figures()["srs"]["even_loss_db"][std::to_string(order)];
    const auto loss = light.losses_db(order);
    for (std::size_t i = 0; i < loss.size(); ++i) {
      EXPECT_NEAR(loss[i], expected[i], 2e-5) << "order " << order << " channel " << i + 1;
    }
  }
}

TEST(PerturbativeSrsTest, UnevenAttenuationAndLumpedLossesAgreeWithGnpyAtEveryOrder) {
  const auto light = c_and_l_band();
  for (int order = 1; order <= 4; ++order) {
    const std::vector<double> expected =
        gnpy_figures()["srs"]["uneven_loss_db"][std::to_string(order)];
    const auto loss = light.losses_db(order);
    for (std::size_t i = 0; i < loss.size(); ++i) {
      EXPECT_NEAR(loss[i], expected[i], 2e-4) << "order " << order << " channel " << i + 1;
    }
  }
}

TEST(PerturbativeSrsTest, AlmostEvenAttenuationGivesTheSameAsEven) {
  auto light = c_band();
  const auto even = light.losses_db(4);
  light.alpha.front() *= 1 + 1e-9;
  const auto uneven = light.losses_db(4);
  for (std::size_t i = 0; i < even.size(); ++i) {
    EXPECT_NEAR(even[i], uneven[i], 1e-6);
  }
}

TEST(PerturbativeSrsTest, ChannelsMayStandInAnyOrder) {
  auto light = c_and_l_band();
  const auto loss = light.losses_db(3);
  std::reverse(light.frequency.begin(), light.frequency.end());
  std::reverse(light.alpha.begin(), light.alpha.end());
  light.coupling = RamanCoupling(silica_raman_gain(), light.frequency, 110e-12, kReferenceHz,
                                 PhotonEnergy::kIgnored);
  auto reversed = light.losses_db(3);
  std::reverse(reversed.begin(), reversed.end());
  for (std::size_t i = 0; i < loss.size(); ++i) {
    EXPECT_NEAR(loss[i], reversed[i], 1e-12);
  }
}

// What the light loses beside attenuation shrinks with the order: power only moves.
TEST(PerturbativeSrsTest, PowerIsConservedBetterByEveryOrder) {
  const auto light = c_band(4e-3);
  const double alone = 96 * std::exp(-light.alpha[0] * light.length_m);
  double before = 1;
  for (int order = 1; order <= 4; ++order) {
    double total = 0;
    for (const double loss : light.losses_db(order)) {
      total += std::pow(10, -loss / 10);
    }
    const double missing = std::abs(total / alone - 1);
    EXPECT_LT(missing, before) << order;
    before = missing;
  }
  EXPECT_LT(before, 2e-4);
}

TEST(PerturbativeSrsTest, ProfileStepsAtALumpedLoss) {
  const auto light = c_and_l_band();
  const auto z = profile_positions(light.length_m, 10e3, light.losses);
  const auto profile = perturbative_srs(light.input(), 2, z);
  ASSERT_TRUE(profile);
  const auto at = static_cast<std::size_t>(std::find(z.begin(), z.end(), 20e3) - z.begin());
  ASSERT_EQ(z[at + 1], 20e3);
  const auto power = profile->of(3);
  EXPECT_NEAR(10 * std::log10(power[at] / power[at + 1]), 0.4, 1e-9);
  EXPECT_EQ(power.front(), 8e-3);
}

TEST(PerturbativeSrsTest, WrongInputIsRefused) {
  const auto light = c_band();
  const std::vector<double> z{0, light.length_m};
  EXPECT_FALSE(perturbative_srs(light.input(), 0, z));
  EXPECT_FALSE(perturbative_srs(light.input(), 5, z));
  auto input = light.input();
  input.alpha_per_m = input.alpha_per_m.subspan(1);
  EXPECT_FALSE(perturbative_srs(input, 2, z));
  const std::vector<double> no_end{0, 10e3};
  EXPECT_FALSE(perturbative_srs(light.input(), 2, no_end));
}

}  // namespace
}  // namespace caspilink::physics
