// What must hold of light along a fibre, tried on fibres and spectra drawn at random. These kernels
// are those of the plant engine and of GNPy's networks alike.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "link_models/physics/generalised_gn.h"
#include "link_models/physics/gn_kernel.h"
#include "link_models/physics/isrs_gn.h"
#include "link_models/physics/raman.h"
#include "link_models/physics/srs.h"

namespace caspilink::physics {
namespace {

constexpr double kReferenceHz = 299'792'458.0 / 1550e-9;

double decibels(double ratio) { return 10 * std::log10(ratio); }

// Channels and, some of the time, pumps in one fibre.
struct RandomFibre {
  explicit RandomFibre(unsigned seed) : random(seed) {
    const auto count = static_cast<std::size_t>(between(2, 40));
    double edge = 190e12;
    for (std::size_t i = 0; i < count; ++i) {
      baud.push_back(between(0, 1) < 0.5 ? 32e9 : 64e9);
      edge += baud.back() * 1.2 + (between(0, 1) < 0.2 ? between(0, 600e9) : 0);
      frequency.push_back(edge - 0.6 * baud.back());
      power.push_back(std::pow(10, between(-0.5, 0.5)) * 1e-3);
      alpha.push_back(between(3.5e-5, 5.5e-5));
      roll_off.push_back(between(0, 0.2));
      beta2.push_back(-between(5e-27, 25e-27));
      gamma.push_back(between(0.7e-3, 1.5e-3));
    }
    beta3.assign(count, 0);
    length_m = between(20e3, 120e3);
    area = between(75e-12, 150e-12);
    for (int k = static_cast<int>(between(0, 3)); k > 0; --k) {
      losses.push_back({length_m * between(0.1, 0.9), between(0.7, 1)});
    }
    std::sort(losses.begin(), losses.end(),
              [](const auto& a, const auto& b) { return a.position_m < b.position_m; });
  }

  double between(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random);
  }
  void add_pumps() {
    for (int k = static_cast<int>(between(1, 5)); k > 0; --k) {
      pumps.push_back({between(202e12, 212e12), between(0.05, 0.3), between(4e-5, 6e-5),
                       between(0, 1) < 0.4 ? PumpDirection::kCoPropagating
                                           : PumpDirection::kCounterPropagating});
    }
  }
  RamanCoupling coupling(PhotonEnergy photons) const {
    auto waves = frequency;
    for (const RamanPump& pump : pumps) waves.push_back(pump.frequency_hz);
    return {silica_raman_gain(), waves, area, kReferenceHz, photons};
  }
  Result<RamanSolution> solve(const RamanCoupling& coupled, double tolerance_db,
                              double resolution_m = 5e3) const {
    return solve_raman({.frequency_hz = frequency,
                        .power_w = power,
                        .alpha_per_m = alpha,
                        .bandwidth_hz = baud,
                        .pumps = pumps,
                        .coupling = &coupled,
                        .length_m = length_m,
                        .losses = losses},
                       profile_positions(length_m, resolution_m, losses),
                       {.power_db = tolerance_db});
  }
  Result<PowerEvolution> perturb(const RamanCoupling& coupled, int order,
                                 double resolution_m = 5e3) const {
    return perturbative_srs({power, alpha, &coupled, length_m, losses}, order,
                            profile_positions(length_m, resolution_m, losses));
  }
  std::vector<double> interference(const PowerEvolution& profile) const {
    const auto nli = generalised_gn({frequency, baud, roll_off, beta2, beta3, gamma, &profile},
                                    GeneralisedGnForm::kSpectrallySeparated);
    EXPECT_TRUE(nli) << nli.error().message();
    return *nli;
  }
  RandomFibre in_order(const std::vector<std::size_t>& order) const {
    RandomFibre other = *this;
    const auto arrange = [&](const std::vector<double>& from, std::vector<double>& to) {
      for (std::size_t i = 0; i < order.size(); ++i) to[i] = from[order[i]];
    };
    arrange(frequency, other.frequency);
    arrange(baud, other.baud);
    arrange(power, other.power);
    arrange(alpha, other.alpha);
    arrange(roll_off, other.roll_off);
    arrange(beta2, other.beta2);
    arrange(gamma, other.gamma);
    return other;
  }
  std::vector<double> gn() const {
    std::vector<double> asymptotic;
    std::vector<double> effective;
    for (const double a : alpha) {
      asymptotic.push_back(1 / a);
      effective.push_back(-std::expm1(-a * length_m) / a);
    }
    std::vector<double> nli(frequency.size());
    gn_interference(gn_kernel({frequency, baud, asymptotic, effective, beta2, gamma}), power, nli);
    return nli;
  }
  std::vector<double> isrs_gn() const {
    std::vector<double> offset;
    for (const double f : frequency) offset.push_back(f - 193e12);
    const auto eta = isrs_gn_efficiency({.alpha_per_m = 4.6e-5,
                                         .alpha_bar_per_m = 4.6e-5,
                                         .beta2_s2_per_m = -20e-27,
                                         .beta3_s3_per_m = 1e-40,
                                         .gamma_per_w_m = 1.2e-3,
                                         .raman_slope_per_w_m_hz = 2.8e-17,
                                         .span_length_m = length_m},
                                        {offset, baud, power});
    return eta ? *eta : std::vector<double>{};
  }

  std::mt19937 random;
  std::vector<double> frequency, baud, power, alpha, roll_off, beta2, beta3, gamma;
  std::vector<LumpedTransmission> losses;
  std::vector<RamanPump> pumps;
  double length_m = 0;
  double area = 0;
};

class KernelPropertiesTest : public testing::TestWithParam<unsigned> {
 protected:
  RandomFibre fibre_{GetParam()};
};

// Where all waves attenuate alike, what they carry together does too: photons, and power where the
// photon energy is left out.
TEST_P(KernelPropertiesTest, ScatteringConservesPowerUpToThePhotonEnergy) {
  std::fill(fibre_.alpha.begin(), fibre_.alpha.end(), 4.6e-5);
  const std::size_t n = fibre_.frequency.size();
  for (const bool photons : {true, false}) {
    const RamanCoupling coupled =
        fibre_.coupling(photons ? PhotonEnergy::kHeatsFibre : PhotonEnergy::kIgnored);
    const auto exact = fibre_.solve(coupled, 1e-4);
    const auto perturbed = fibre_.perturb(coupled, 4);
    ASSERT_TRUE(exact && perturbed);
    for (const PowerEvolution* profile : {&exact->channels, &*perturbed}) {
      const auto carried = [&](std::size_t k) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
          sum += profile->of(i)[k] / (photons ? fibre_.frequency[i] : 1.0);
        }
        return sum;
      };
      double passed = 1;
      std::size_t loss = 0;
      for (std::size_t k = 1; k < profile->z_m.size(); ++k) {
        if (profile->z_m[k] == profile->z_m[k - 1]) passed *= fibre_.losses[loss++].transmission;
        const double expected = carried(0) * passed * std::exp(-4.6e-5 * profile->z_m[k]);
        EXPECT_NEAR(decibels(carried(k) / expected), 0, 1e-4) << profile->z_m[k];
      }
    }
  }
}

TEST_P(KernelPropertiesTest, HalvingTheStepChangesNothingBeyondTheTolerance) {
  fibre_.add_pumps();
  const RamanCoupling coupled = fibre_.coupling(PhotonEnergy::kHeatsFibre);
  for (const double tolerance : {1e-2, 1e-3}) {
    const auto coarse = fibre_.solve(coupled, tolerance);
    const auto fine = fibre_.solve(coupled, tolerance / 32);  // of a method of order five
    ASSERT_TRUE(coarse && fine) << (coarse ? fine : coarse).error().message();
    for (std::size_t k = 0; k < coarse->channels.power_w.size(); ++k) {
      ASSERT_NEAR(decibels(coarse->channels.power_w[k] / fine->channels.power_w[k]), 0, tolerance);
    }
    for (std::size_t k = 0; k < coarse->pumps.power_w.size(); ++k) {
      ASSERT_NEAR(decibels(coarse->pumps.power_w[k] / fine->pumps.power_w[k]), 0, tolerance);
    }
  }
}

TEST_P(KernelPropertiesTest, FinerPlacesChangeNeitherScatteringNorInterference) {
  const RamanCoupling coupled = fibre_.coupling(PhotonEnergy::kHeatsFibre);
  const auto coarse = fibre_.perturb(coupled, 2, 2e3);
  const auto fine = fibre_.perturb(coupled, 2, 1e3);
  ASSERT_TRUE(coarse && fine);
  const auto a = fibre_.interference(*coarse);
  const auto b = fibre_.interference(*fine);
  for (std::size_t i = 0; i < fibre_.frequency.size(); ++i) {
    EXPECT_NEAR(decibels(coarse->transmission(i) / fine->transmission(i)), 0, 1e-6);
    EXPECT_NEAR(decibels(a[i] / b[i]), 0, 1e-3);
  }
}

TEST_P(KernelPropertiesTest, ChannelsMayStandInAnyOrder) {
  std::vector<std::size_t> order(fibre_.frequency.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), fibre_.random);
  const RandomFibre other = fibre_.in_order(order);
  const auto here = fibre_.perturb(fibre_.coupling(PhotonEnergy::kIgnored), 3);
  const auto there = other.perturb(other.coupling(PhotonEnergy::kIgnored), 3);
  ASSERT_TRUE(here && there);
  const auto gn = fibre_.gn();
  const auto gn_there = other.gn();
  const auto closed = fibre_.isrs_gn();
  const auto closed_there = other.isrs_gn();
  const auto integral = fibre_.interference(*here);
  const auto integral_there = other.interference(*there);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_NEAR(there->transmission(i) / here->transmission(order[i]), 1, 1e-11);
    EXPECT_NEAR(gn_there[i] / gn[order[i]], 1, 1e-12);
    EXPECT_NEAR(closed_there[i] / closed[order[i]], 1, 1e-11);
    EXPECT_NEAR(integral_there[i] / integral[order[i]], 1, 1e-9);
  }
}

TEST_P(KernelPropertiesTest, PumpsMayStandInAnyOrder) {
  fibre_.add_pumps();
  const auto here = fibre_.solve(fibre_.coupling(PhotonEnergy::kHeatsFibre), 1e-4);
  std::reverse(fibre_.pumps.begin(), fibre_.pumps.end());
  const auto there = fibre_.solve(fibre_.coupling(PhotonEnergy::kHeatsFibre), 1e-4);
  ASSERT_TRUE(here && there);
  for (std::size_t i = 0; i < fibre_.frequency.size(); ++i) {
    EXPECT_NEAR(decibels(there->channels.transmission(i) / here->channels.transmission(i)), 0,
                2e-4);
    EXPECT_NEAR(decibels(there->ase_at_end_w[i] / here->ase_at_end_w[i]), 0, 2e-3);
  }
}

// Interference falls with every loss before or within the fibre, of any channel.
TEST_P(KernelPropertiesTest, LessLightNeverMakesMoreInterference) {
  const RamanCoupling coupled = fibre_.coupling(PhotonEnergy::kIgnored);
  const auto before = fibre_.perturb(coupled, 2);
  ASSERT_TRUE(before);
  const auto whole = fibre_.gn();
  const auto integral = fibre_.interference(*before);
  RandomFibre faded = fibre_;
  const auto which =
      static_cast<std::size_t>(fibre_.between(0, 1) * static_cast<double>(fibre_.power.size()));
  faded.power[which] /= 2;
  const auto gn = faded.gn();
  for (std::size_t i = 0; i < gn.size(); ++i) EXPECT_LT(gn[i], whole[i]);
  RandomFibre lossy = fibre_;
  for (double& p : lossy.power) p *= 0.8;
  const auto after = lossy.perturb(coupled, 2);
  ASSERT_TRUE(after);
  const auto less = lossy.interference(*after);
  for (std::size_t i = 0; i < less.size(); ++i) EXPECT_LT(less[i], integral[i]);
}

INSTANTIATE_TEST_SUITE_P(Seeds, KernelPropertiesTest, testing::Range(1U, 17U));

}  // namespace
}  // namespace caspilink::physics
