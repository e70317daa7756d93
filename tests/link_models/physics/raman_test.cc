#include "link_models/physics/raman.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/physics/srs.h"
#include "link_models/units.h"
#include "tests/link_models/physics/figures.h"

namespace caspilink::physics {
namespace {

using ::testing::HasSubstr;

constexpr auto kCo = PumpDirection::kCoPropagating;
constexpr auto kCounter = PumpDirection::kCounterPropagating;

struct Fibre {
  std::vector<double> frequency;
  std::vector<double> power;
  std::vector<double> alpha;
  std::vector<double> bandwidth;
  std::vector<RamanPump> pumps;
  std::vector<LumpedTransmission> losses;
  RamanCoupling coupling;
  double area = 83e-12;
  double length_m = 100e3;
  PhotonEnergy photon_energy = PhotonEnergy::kIgnored;

  void couple() {
    auto all = frequency;
    for (const auto& pump : pumps) {
      all.push_back(pump.frequency_hz);
    }
    coupling = RamanCoupling(silica_raman_gain(), all, area, kReferenceHz, photon_energy);
  }
  RamanInput input() const {
    return {.frequency_hz = frequency,
            .power_w = power,
            .alpha_per_m = alpha,
            .bandwidth_hz = bandwidth,
            .pumps = pumps,
            .coupling = &coupling,
            .length_m = length_m,
            .losses = losses};
  }
  Result<RamanSolution> solve(double tolerance_db = 1e-3, double resolution_m = 10e3) const {
    const auto z = profile_positions(length_m, resolution_m, losses);
    return solve_raman(input(), z, {.power_db = tolerance_db});
  }
};

RamanPump pump(double power_w, double frequency_hz, PumpDirection direction) {
  return {frequency_hz, power_w, alpha_per_m_at({frequency_hz})[0], direction};
}

Fibre comb_of(std::size_t count, double spacing_hz, double power_w, std::vector<RamanPump> pumps) {
  Fibre fibre;
  fibre.frequency = comb(count, 191.4e12, spacing_hz);
  fibre.power.assign(count, power_w);
  fibre.alpha = alpha_per_m_at(fibre.frequency);
  fibre.bandwidth.assign(count, 32e9);
  fibre.pumps = std::move(pumps);
  fibre.couple();
  return fibre;
}

// In an order that mixes the directions.
Fibre mixed() {
  return comb_of(16, 300e9, 1e-3,
                 {pump(0.2, 205e12, kCounter), pump(0.15, 208.5e12, kCo),
                  pump(0.25, 201e12, kCounter), pump(0.1, 203e12, kCo)});
}

TEST(RamanTest, MixedPumpsAgreeWithTheLimitOfGnpysSteps) {
  const auto solution = mixed().solve();
  ASSERT_TRUE(solution) << solution.error().message();
  const std::vector<double> loss = gnpy_figures()["raman"]["loss_db"];
  const std::vector<double> ase = gnpy_figures()["raman"]["ase_at_input_w"];
  for (std::size_t i = 0; i < loss.size(); ++i) {
    EXPECT_NEAR(loss_db(solution->channels.transmission(i)), loss[i], 0.002) << i;
    // Their noise is summed on a 1 km grid.
    EXPECT_NEAR(10 * std::log10(solution->ase_at_input_w[i] / ase[i]), 0, 0.01) << i;
  }
  EXPECT_LT(solution->boundary_error_db, 1e-4);
  for (std::size_t p : {0U, 2U}) {
    EXPECT_NEAR(solution->pumps.of(p).back(), mixed().pumps[p].power_w, 1e-5);
  }
}

// 250 km of low-loss fibre, 0.5 dB connectors, with 0.95 W of counter-propagating pumps and 96
// channels.
Fibre long_span() {
  Fibre fibre;
  const double connector = std::pow(10, -0.05);
  fibre.frequency = comb(96, 191.35e12, 50e9);
  fibre.power.assign(96, std::pow(10, -2.7) * connector);  // 3 dBm
  fibre.alpha = alpha_per_m_at(fibre.frequency);
  fibre.bandwidth.assign(96, 32e9);
  fibre.pumps = {pump(0.26 * connector, 204e12, kCounter), pump(0.22 * connector, 206e12, kCounter),
                 pump(0.22 * connector, 208.5e12, kCounter),
                 pump(0.25 * connector, 210.5e12, kCounter)};
  fibre.area = 125e-12;
  fibre.length_m = 250e3;
  fibre.couple();
  return fibre;
}

// Runge-Kutta of order 4 at 100 m and GNPy's steps of 50 and 25 m, extrapolated, agree on these to
// 6e-5 dB; GNPy's own 50 m step is 0.09 dB off.
TEST(RamanTest, LongSpanAgreesWithTheConvergedSolution) {
  const auto solution = long_span().solve();
  ASSERT_TRUE(solution);
  double mean = 0;
  for (std::size_t i = 0; i < 96; ++i) {
    mean += loss_db(solution->channels.transmission(i)) / 96;
  }
  EXPECT_NEAR(mean, 20.18536, 1e-3);
  EXPECT_NEAR(loss_db(solution->channels.transmission(0)), 19.77005, 1e-3);
  EXPECT_NEAR(loss_db(solution->channels.transmission(1)), 19.65025, 1e-3);
  // Noise at the input after a step of 25 m less what halving the step did.
  EXPECT_NEAR(10 * std::log10(solution->ase_at_input_w[0] / 1.33470e-5), 0, 0.2);
}

TEST(RamanTest, EveryChannelOfTheLongSpanAgreesWithTheReferenceCase) {
  const std::string path = shared_reference("gnpy/d_1x250_raman/raman_convergence.json");
  if (path.empty()) {
    GTEST_SKIP() << "the reference cases are not here: shared/gnpy beside the source tree, or "
                    "CASPILINK_SHARED";
  }
  std::ifstream file(path);
  const std::vector<double> expected = nlohmann::json::parse(file)["rk4_100m"]["loss_db"];
  const auto solution = long_span().solve();
  ASSERT_TRUE(solution);
  for (std::size_t i = 0; i < 96; ++i) {
    EXPECT_NEAR(-loss_db(solution->channels.transmission(i)), expected[i], 1e-3) << i;
  }
}

// On/off gain exp(C_R P L_eff) of a pump that nothing depletes: 0.39 /W/km, 0.5 W, 0.25 dB/km and
// 100 km give 14.6652 dB.
TEST(RamanTest, UndepletedGainOfOnePump) {
  Fibre fibre;
  fibre.frequency = {193.4e12};
  fibre.power = {1e-12};
  fibre.alpha = {alpha_per_m(0.2)};
  fibre.bandwidth = {32e9};
  fibre.pumps = {{206.4e12, 0.5, alpha_per_m(0.25), kCounter}};
  fibre.couple();
  // Of an area that makes the coefficient what is asked for.
  fibre.area *= fibre.coupling(0, 1) / 0.39e-3;
  for (int k = 0; k < 20; ++k) {
    fibre.couple();
    fibre.area *= fibre.coupling(0, 1) / 0.39e-3;
  }
  fibre.couple();
  ASSERT_NEAR(fibre.coupling(0, 1), 0.39e-3, 1e-9);
  for (const auto direction : {kCo, kCounter}) {
    fibre.pumps[0].direction = direction;
    const auto solution = fibre.solve();
    ASSERT_TRUE(solution);
    EXPECT_NEAR(20.0 - loss_db(solution->channels.transmission(0)), 14.6652, 1e-3);
  }
}

TEST(RamanTest, PumpsMayStandInAnyOrder) {
  auto fibre = mixed();
  const auto before = fibre.solve();
  std::rotate(fibre.pumps.begin(), fibre.pumps.begin() + 1, fibre.pumps.end());
  fibre.couple();
  const auto after = fibre.solve();
  ASSERT_TRUE(before && after);
  for (std::size_t i = 0; i < fibre.frequency.size(); ++i) {
    EXPECT_NEAR(loss_db(before->channels.transmission(i)), loss_db(after->channels.transmission(i)),
                1e-4);
    EXPECT_NEAR(after->ase_at_end_w[i] / before->ase_at_end_w[i], 1, 1e-4);
  }
  EXPECT_NEAR(before->pumps.of(1).back() / after->pumps.of(0).back(), 1, 1e-4);
}

TEST(RamanTest, TighterToleranceChangesNothingBeyondTheTolerance) {
  const auto fibre = mixed();
  const auto exact = fibre.solve(1e-6, 1e3);
  ASSERT_TRUE(exact);
  for (const double tolerance : {1e-2, 1e-3, 1e-4}) {
    const auto solution = fibre.solve(tolerance, 1e3);
    ASSERT_TRUE(solution);
    for (std::size_t i = 0; i < fibre.frequency.size(); ++i) {
      const auto power = solution->channels.of(i);
      const auto truth = exact->channels.of(i);
      for (std::size_t k = 0; k < power.size(); ++k) {
        EXPECT_NEAR(10 * std::log10(power[k] / truth[k]), 0, tolerance) << k;
      }
      EXPECT_NEAR(10 * std::log10(solution->ase_at_end_w[i] / exact->ase_at_end_w[i]), 0,
                  10 * tolerance);
    }
  }
}

TEST(RamanTest, CuttingTheFibreAnywhereChangesNothing) {
  auto whole = mixed();
  std::erase_if(whole.pumps, [](const RamanPump& p) { return p.direction == kCounter; });
  whole.losses = {{41e3, 0.8}};
  whole.couple();
  const auto one = whole.solve();
  ASSERT_TRUE(one);
  for (const double cut : {7.7e3, 41e3 - 1e-3, 63e3}) {
    auto first = whole;
    first.length_m = cut;
    auto second = whole;
    second.length_m = whole.length_m - cut;
    (cut > 41e3 ? second : first).losses.clear();
    for (auto& loss : second.losses) {
      loss.position_m -= cut;
    }
    const auto a = first.solve();
    ASSERT_TRUE(a);
    for (std::size_t i = 0; i < second.power.size(); ++i) {
      second.power[i] = a->channels.of(i).back();
    }
    for (std::size_t p = 0; p < second.pumps.size(); ++p) {
      second.pumps[p].power_w = a->pumps.of(p).back();
    }
    const auto b = second.solve();
    ASSERT_TRUE(b);
    for (std::size_t i = 0; i < whole.power.size(); ++i) {
      EXPECT_NEAR(10 * std::log10(b->channels.of(i).back() / one->channels.of(i).back()), 0, 1e-3);
      const double ase = a->ase_at_end_w[i] * b->channels.transmission(i) + b->ase_at_end_w[i];
      EXPECT_NEAR(10 * std::log10(ase / one->ase_at_end_w[i]), 0, 1e-2);
    }
  }
}

// Without attenuation photons only change their colour.
TEST(RamanTest, PhotonsAreConservedWhereThePhotonEnergyHeatsTheFibre) {
  auto fibre = comb_of(8, 500e9, 5e-3, {pump(0.3, 205e12, kCo)});
  std::fill(fibre.alpha.begin(), fibre.alpha.end(), 1e-12);
  fibre.pumps[0].alpha_per_m = 1e-12;
  const auto count = [&](const RamanSolution& solution, std::size_t k, bool photons) {
    double sum = 0;
    for (std::size_t i = 0; i < fibre.power.size(); ++i) {
      sum += solution.channels.of(i)[k] / (photons ? fibre.frequency[i] / 205e12 : 1.0);
    }
    return sum + solution.pumps.of(0)[k];
  };
  for (const bool photons : {true, false}) {
    fibre.photon_energy = photons ? PhotonEnergy::kHeatsFibre : PhotonEnergy::kIgnored;
    fibre.couple();
    const auto solution = fibre.solve();
    ASSERT_TRUE(solution);
    for (std::size_t k = 1; k < solution->channels.z_m.size(); ++k) {
      EXPECT_NEAR(count(*solution, k, photons) / count(*solution, 0, photons), 1, 1e-4);
    }
    ASSERT_GT(solution->channels.of(0).back(), 2 * fibre.power[0]) << "hardly any gain to judge by";
  }
}

TEST(RamanTest, WithoutPumpsItAgreesWithPerturbation) {
  auto fibre = comb_of(24, 180e9, 3e-3, {});
  fibre.losses = {{30e3, 0.9}};
  const auto z = profile_positions(fibre.length_m, 10e3, fibre.losses);
  const auto exact = fibre.solve(1e-5);
  const auto perturbed = perturbative_srs(
      {fibre.power, fibre.alpha, &fibre.coupling, fibre.length_m, fibre.losses}, 4, z);
  ASSERT_TRUE(exact && perturbed);
  for (std::size_t i = 0; i < fibre.power.size(); ++i) {
    for (std::size_t k = 0; k < z.size(); ++k) {
      EXPECT_NEAR(10 * std::log10(exact->channels.of(i)[k] / perturbed->of(i)[k]), 0, 1e-4)
          << i << " " << z[k];
    }
  }
  EXPECT_EQ(exact->ase_at_end_w[0], 0.0);
}

// Many channels begin from a solution with few waves, few do not: the same light either way.
TEST(RamanTest, CombingChannelsFinerChangesWhatIsLeftOfThePumpsLittle) {
  const std::vector<RamanPump> pumps{pump(0.3, 205e12, kCounter), pump(0.3, 202e12, kCounter)};
  const auto coarse = comb_of(16, 300e9, 3e-3, pumps).solve();
  auto split = comb_of(48, 100e9, 1e-3, pumps);
  for (double& f : split.frequency) f -= 100e9;
  split.couple();
  const auto fine = split.solve();
  ASSERT_TRUE(coarse && fine);
  for (std::size_t p = 0; p < 2; ++p) {
    EXPECT_NEAR(10 * std::log10(fine->pumps.of(p)[0] / coarse->pumps.of(p)[0]), 0, 0.01);
    EXPECT_NEAR(10 * std::log10(fine->pumps.of(p).back() / 0.3), 0, 1e-3);
  }
  EXPECT_LT(fine->sweeps, coarse->sweeps) << "the few waves were no good beginning";
}

TEST(RamanTest, AChannelWithoutLightStillHasItsNoise) {
  auto fibre = mixed();
  fibre.power[3] = 0;
  const auto solution = fibre.solve();
  ASSERT_TRUE(solution);
  EXPECT_EQ(solution->channels.of(3).back(), 0.0);
  EXPECT_NEAR(solution->ase_at_input_w[3] / solution->ase_at_input_w[2], 1, 0.1);
}

TEST(RamanTest, StrongPumpsStillConverge) {
  for (const double watts : {1.0, 2.0}) {
    const auto fibre = comb_of(16, 300e9, 1e-3,
                               {pump(watts, 205e12, kCounter), pump(watts, 201e12, kCounter),
                                pump(watts / 2, 208.5e12, kCo)});
    const auto solution = fibre.solve();
    ASSERT_TRUE(solution) << watts << " W: " << solution.error().message();
    EXPECT_NEAR(solution->pumps.of(0).back() / watts, 1, 1e-4);
  }
}

TEST(RamanTest, APlanThatCannotConvergeSaysSo) {
  const auto fibre =
      comb_of(16, 300e9, 1e-3, {pump(5e4, 205e12, kCounter), pump(5e4, 201e12, kCo)});
  const auto solution = fibre.solve();
  ASSERT_FALSE(solution);
  EXPECT_EQ(solution.error().code, ErrorCode::kNotConverged);
  EXPECT_THAT(solution.error().message(), HasSubstr("pump plan"));
}

TEST(RamanTest, WrongInputIsRefused) {
  const auto fails = [](Fibre fibre) {
    const auto solution = fibre.solve();
    return !solution && solution.error().code == ErrorCode::kInvalidInput;
  };
  auto no_power = mixed();
  no_power.pumps[0].power_w = 0;
  EXPECT_TRUE(fails(no_power));
  auto short_list = mixed();
  short_list.alpha.pop_back();
  EXPECT_TRUE(fails(short_list));
  auto uncoupled = mixed();
  uncoupled.pumps.pop_back();
  EXPECT_TRUE(fails(uncoupled));
  EXPECT_FALSE(mixed().solve(0.0));
}

}  // namespace
}  // namespace caspilink::physics
