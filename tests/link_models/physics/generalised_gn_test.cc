#include "link_models/physics/generalised_gn.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/physics/srs.h"
#include "tests/link_models/physics/figures.h"

namespace caspilink::physics {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr auto kSeparated = GeneralisedGnForm::kSpectrallySeparated;

struct Case {
  std::vector<double> frequency;
  std::vector<double> baud;
  std::vector<double> roll_off;
  std::vector<double> beta2;
  std::vector<double> beta3;
  std::vector<double> gamma;
  PowerEvolution profile;
  std::vector<std::size_t> computed;
  std::vector<double> expected;

  GeneralisedGnInput input() const {
    return {frequency, baud, roll_off, beta2, beta3, gamma, &profile};
  }
  double nli(std::size_t channel, GeneralisedGnForm form = kSeparated) const {
    const auto model = GeneralisedGn::prepare(input(), form);
    EXPECT_TRUE(model) << model.error().message();
    return model->nli_w(channel);
  }
};

// One of GNPy's cases, with the power profile GNPy integrated over.
Case gnpy_case(const std::string& name) {
  const auto& figures = gnpy_figures()["generalised_gn"][name];
  Case c{.frequency = figures["frequency_hz"],
         .baud = figures["baud_rate_hz"],
         .roll_off = figures["roll_off"],
         .beta2 = figures["beta2"],
         .gamma = figures["gamma"]};
  c.beta3 = fitted_beta3(c.frequency, c.beta2);
  c.profile.channels = c.frequency.size();
  c.profile.z_m = std::vector<double>(figures["z_m"]);
  for (const auto& row : figures["power_w"]) {
    const std::vector<double> power = row;
    c.profile.power_w.insert(c.profile.power_w.end(), power.begin(), power.end());
  }
  for (const std::size_t number : figures["channels"]) {
    c.computed.push_back(number - 1);
  }
  c.expected = std::vector<double>(figures["nli_w"]);
  // As GNPy reads it; its approximate form takes the places as they are.
  if (name != "approximate")
    c.profile = drawn_straight(c.profile, std::vector<double>(figures["alpha"]), 1e3);
  return c;
}

class GnpyAgreementTest : public ::testing::TestWithParam<std::pair<std::string, double>> {};

TEST_P(GnpyAgreementTest, EveryComputedChannel) {
  const auto& [name, within_db] = GetParam();
  const auto c = gnpy_case(name);
  const auto form = name == "approximate" ? GeneralisedGnForm::kApproximate
                                          : GeneralisedGnForm::kSpectrallySeparated;
  const auto model = GeneralisedGn::prepare(c.input(), form);
  ASSERT_TRUE(model) << model.error().message();
  for (std::size_t k = 0; k < c.computed.size(); ++k) {
    EXPECT_NEAR(10 * std::log10(model->nli_w(c.computed[k]) / c.expected[k]), 0, within_db)
        << "channel " << c.computed[k] + 1;
  }
}

// Sharp edges fall between the points of GNPy's grid.
INSTANTIATE_TEST_SUITE_P(Fibres, GnpyAgreementTest,
                         ::testing::Values(std::pair{"loss_only", 0.001}, std::pair{"srs", 0.001},
                                           std::pair{"short_flat", 0.001}, std::pair{"nzdf", 0.001},
                                           std::pair{"slope", 0.001}, std::pair{"c_and_l", 0.001},
                                           std::pair{"mixed", 0.001}, std::pair{"pumped", 0.003},
                                           std::pair{"sharp", 0.02},
                                           std::pair{"approximate", 0.002}),
                         [](const auto& named) { return named.param.first; });

// 96 channels at 50 GHz over 76 km with scattering, as GNPy's grid has it.
Case c_band(double power_w = 1e-3, double roll_off = 0.15) {
  Case c;
  c.frequency = comb(96, 191.35e12, 50e9);
  c.baud.assign(96, 32e9);
  c.roll_off.assign(96, roll_off);
  c.beta2.assign(96, -21.29998e-27);
  c.beta3.assign(96, 0.0);
  c.gamma.assign(96, 1.3e-3);
  const std::vector<double> power(96, power_w);
  const std::vector<double> alpha(96, alpha_per_m(0.2));
  const RamanCoupling coupling(silica_raman_gain(), c.frequency, 83e-12, kReferenceHz,
                               PhotonEnergy::kHeatsFibre);
  const auto z = profile_positions(76e3, 10e3, {});
  c.profile = *perturbative_srs({power, alpha, &coupling, 76e3, {}}, 2, z);
  return c;
}

// The double integral as it is written, by the trapezoid rule; K by plain summation.
double plain_psi(const Case& c, std::size_t cut, std::size_t pump, std::size_t points) {
  const BandShape cut_shape{c.baud[cut], c.roll_off[cut]};
  const BandShape pump_shape{c.baud[pump], c.roll_off[pump]};
  const double n = static_cast<double>(points);
  const double h1 = 2 * pump_shape.stop() / n;
  const double h2 = 2 * cut_shape.stop() / n;
  double sum = 0;
  for (std::size_t k = 0; k < points; ++k) {
    const double u = -pump_shape.stop() + (static_cast<double>(k) + 0.5) * h1;
    const double d1 = c.frequency[pump] - c.frequency[cut] + u;
    for (std::size_t m = 0; m < points; ++m) {
      const double d2 = -cut_shape.stop() + (static_cast<double>(m) + 0.5) * h2;
      const double weight = pump_shape.value(u) * cut_shape.value(d2) * pump_shape.value(u + d2);
      if (weight > 0) {
        const double x = 4 * kPi * kPi * d1 * d2 * (c.beta2[cut] + kPi * c.beta3[cut] * (d1 + d2));
        sum += weight * fwm_efficiency_m2(c.profile.z_m, c.profile.of(pump), x);
      }
    }
  }
  return sum * h1 * h2;
}

double psi(const Case& c, std::size_t cut, std::size_t pump) {
  const FwmGrid grid(c.profile);
  return whole_band_psi(FwmEfficiency(grid, pump),
                        {.cut = {c.baud[cut], c.roll_off[cut]},
                         .pump = {c.baud[pump], c.roll_off[pump]},
                         .offset_hz = c.frequency[pump] - c.frequency[cut],
                         .beta2_s2_per_m = c.beta2[cut],
                         .beta3_s3_per_m = c.beta3[cut]});
}

TEST(FwmEfficiencyTest, IntegralIsThatOfPlainSummation) {
  auto c = c_band();
  for (const bool lumped : {false, true}) {
    if (lumped) {
      const std::vector<double> alpha(96, alpha_per_m(0.2));
      const std::vector<double> power(96, 1e-3);
      const std::vector<LumpedTransmission> losses{{4e3, 0.8}, {9e3, 0.7}};
      c.profile = attenuated(power, alpha, 76e3, losses);
    }
    const FwmGrid grid(c.profile);
    const FwmEfficiency efficiency(grid, 90);
    const auto power = c.profile.of(90);
    double sum = 0;
    double x = 0;
    const double h = 2e-7;
    for (const double to : {1e-5, 5e-5, 2e-4, 1e-3, 3e-3, 2e-2, 0.1}) {
      while (x < to - h / 2) {  // Simpson's rule
        const auto k = [&](double at) { return fwm_efficiency_m2(c.profile.z_m, power, at); };
        const double step = x < 2e-3 ? h : 10 * h;
        sum += step / 6 * (k(x) + 4 * k(x + step / 2) + k(x + step));
        x += step;
      }
      EXPECT_NEAR(efficiency.integral(x) / sum, 1, lumped ? 2e-4 : 2e-5) << "up to " << x;
      EXPECT_EQ(efficiency.signed_integral(-x), -efficiency.integral(x));
    }
    EXPECT_NEAR(efficiency.effective_length_m(),
                std::sqrt(fwm_efficiency_m2(c.profile.z_m, power, 0)), 1e-6);
  }
}

TEST(FwmEfficiencyTest, TabulatedPointsAreThoseOfPlainSummation) {
  auto c = c_band();
  const std::vector<double> alpha(96, alpha_per_m(0.2));
  c.profile = drawn_straight(c.profile, alpha, 1e3);  // places close enough for the series at x = 0
  const FwmGrid grid(c.profile);
  const FwmEfficiency efficiency(grid, 20);
  for (std::size_t n = 0; n < grid.count(); ++n) {
    const double plain = fwm_efficiency_m2(c.profile.z_m, c.profile.of(20),
                                           static_cast<double>(n) * grid.step_per_m());
    ASSERT_NEAR(efficiency.at_point(n) / plain, 1, 1e-11) << n;
  }
}

TEST(BandOverlapTest, DispersionThatVanishesBetweenTwoChannelsStaysFinite) {
  auto c = c_band();
  std::fill(c.beta2.begin(), c.beta2.end(), -0.5e-27);
  std::fill(c.beta3.begin(), c.beta3.end(), 0.5e-27 / kPi / 100e9);  // zero two slots above
  EXPECT_NEAR(10 * std::log10(psi(c, 48, 50) / plain_psi(c, 48, 50, 250)), 0, 0.15);
  const FwmGrid grid(c.profile);
  const MixingPair pair{.cut = {32e9, 0}, .pump = {32e9, 0}, .offset_hz = 0, .beta2_s2_per_m = 0};
  const FwmEfficiency efficiency(grid, 48);
  const double length = efficiency.effective_length_m();
  EXPECT_NEAR(two_line_psi(efficiency, pair) / (32e9 * 32e9 * length * length), 1, 1e-12);
}

TEST(BandOverlapTest, WholeBandIsTheDoubleIntegralByTrapezoids) {
  for (const double roll_off : {0.1, 0.5}) {
    auto c = c_band(1e-3, roll_off);
    c.baud[51] = 90e9;  // wider than its slot: it overlaps its neighbours
    for (const auto& [cut, pump] :
         {std::pair<std::size_t, std::size_t>{48, 48}, {48, 49}, {52, 48}, {50, 51}, {51, 52}}) {
      EXPECT_NEAR(10 * std::log10(psi(c, cut, pump) / plain_psi(c, cut, pump, 250)), 0, 5e-4)
          << cut << " " << pump << " roll-off " << roll_off;
    }
  }
}

TEST(BandOverlapTest, SharpEdgesAreTheLimitOfNarrowRollOff) {
  for (const std::size_t pump : {48U, 50U}) {
    const double sharp = psi(c_band(1e-3, 0), 48, pump);
    EXPECT_NEAR(psi(c_band(1e-3, 0.002), 48, pump) / sharp, 1, 2e-3) << pump;
  }
}

TEST(BandOverlapTest, TwoLinesAreTheRuleOfTwoPumpEdges) {
  const auto c = c_band();
  const FwmGrid grid(c.profile);
  const MixingPair pair{
      .cut = {32e9, 0.15}, .pump = {32e9, 0.15}, .offset_hz = 1e12, .beta2_s2_per_m = -21.3e-27};
  double plain = 0;
  for (const double d1 : {1e12 - 18.4e9, 1e12 + 18.4e9}) {
    const double h = 18.4e9 / 4000;
    for (int k = 0; k < 4000; ++k) {
      const double x = 4 * kPi * kPi * d1 * (k + 0.5) * h * 21.3e-27;
      plain += 0.5 * 32e9 * 2 * h * fwm_efficiency_m2(c.profile.z_m, c.profile.of(70), x);
    }
  }
  EXPECT_NEAR(two_line_psi(FwmEfficiency(grid, 70), pair) / plain, 1, 1e-4);
}

TEST(GeneralisedGnTest, ChannelsMayStandInAnyOrder) {
  const auto c = gnpy_case("mixed");
  auto turned = c;
  const std::size_t n = c.frequency.size();
  const std::size_t places = c.profile.z_m.size();
  for (auto* list : {&turned.frequency, &turned.baud, &turned.roll_off, &turned.beta2,
                     &turned.beta3, &turned.gamma}) {
    std::rotate(list->begin(), list->begin() + 3, list->end());
  }
  std::rotate(turned.profile.power_w.begin(),
              turned.profile.power_w.begin() + static_cast<std::ptrdiff_t>(3 * places),
              turned.profile.power_w.end());
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_NEAR(turned.nli(i) / c.nli((i + 3) % n), 1, 1e-12);
  }
}

TEST(GeneralisedGnTest, FinerPlacesOfTheSameProfileChangeNothing) {
  const std::vector<double> power(11, 1e-3);
  const std::vector<double> alpha(11, alpha_per_m(0.19));
  auto c = gnpy_case("short_flat");
  const std::vector<LumpedTransmission> losses{{21.7e3, 0.8}};
  c.profile = attenuated(power, alpha, 60e3, losses);
  const double coarse = c.nli(5);
  c.profile = drawn_straight(c.profile, alpha, 0.7e3);
  EXPECT_NEAR(c.nli(5) / coarse, 1, 1e-5);
}

TEST(GeneralisedGnTest, DarkChannelsNeitherGiveNorTake) {
  auto c = gnpy_case("mixed");
  const double before = c.nli(1);
  const std::size_t places = c.profile.z_m.size();
  std::fill_n(c.profile.power_w.begin(), places, 0.0);
  EXPECT_EQ(c.nli(0), 0.0);
  EXPECT_LT(c.nli(1), 0.95 * before);
  std::fill(c.profile.power_w.begin(), c.profile.power_w.end(), 0.0);
  EXPECT_EQ(c.nli(1), 0.0);
}

TEST(GeneralisedGnTest, WholeBandLiesBelowTwoLinesByTheSpectraTheyIgnore) {
  const auto c = c_band();
  const double step = 10 * std::log10(c.nli(48) / c.nli(48, GeneralisedGnForm::kWholeBand));
  EXPECT_GT(step, 0.02);
  EXPECT_LT(step, 0.17);
}

TEST(GeneralisedGnTest, SharingChannelsAmongThreadsChangesNoBit) {
  const auto c = c_band();
  const auto alone = generalised_gn(c.input(), kSeparated);
  ASSERT_TRUE(alone);
  const auto model = GeneralisedGn::prepare(c.input(), kSeparated);
  std::vector<double> shared(96);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < 96; i += 3) {
        shared[i] = model->nli_w(i);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(shared, *alone);
}

TEST(GeneralisedGnTest, ComputedChannelsAreExactAndTheOthersDrawnBetween) {
  const auto c = c_band();
  const std::vector<std::size_t> computed{10, 48, 80};
  const auto some = generalised_gn_at(c.input(), kSeparated, computed);
  ASSERT_TRUE(some);
  EXPECT_DOUBLE_EQ((*some)[48], c.nli(48));
  EXPECT_DOUBLE_EQ((*some)[0], (*some)[10]);
  EXPECT_DOUBLE_EQ((*some)[95], (*some)[80]);
  EXPECT_NEAR((*some)[29], ((*some)[10] + (*some)[48]) / 2, 1e-12 * (*some)[29]);
  EXPECT_FALSE(generalised_gn_at(c.input(), kSeparated, std::vector<std::size_t>{96}));
  EXPECT_FALSE(generalised_gn_at(c.input(), kSeparated, std::vector<std::size_t>{4, 4}));
  EXPECT_FALSE(generalised_gn_at(c.input(), kSeparated, std::vector<std::size_t>{}));
}

TEST(GeneralisedGnTest, Beta3IsTheSlopeOfBeta2) {
  const auto frequency = comb(40, 191e12, 100e9);
  std::vector<double> beta2;
  for (const double f : frequency) {
    const double t = (f - 193e12) * 1e-12;
    beta2.push_back(-21e-27 + 0.9e-27 * t + 0.03e-27 * t * t);
  }
  const auto beta3 = fitted_beta3(frequency, beta2);
  EXPECT_NEAR(beta3[20] * 2 * kPi, 0.9e-39, 1e-48);
  EXPECT_NEAR(beta3[30] * 2 * kPi, (0.9 + 0.06) * 1e-39, 1e-48);
  EXPECT_EQ(fitted_beta3(std::vector<double>{193e12}, std::vector<double>{-21e-27}),
            std::vector<double>{0.0});
}

TEST(GeneralisedGnTest, WrongInputIsRefused) {
  auto c = c_band();
  c.beta2[7] = 0;
  EXPECT_FALSE(GeneralisedGn::prepare(c.input(), kSeparated));
  c = c_band();
  c.roll_off[7] = 1.5;
  EXPECT_FALSE(GeneralisedGn::prepare(c.input(), kSeparated));
  c = c_band();
  c.gamma.pop_back();
  EXPECT_FALSE(GeneralisedGn::prepare(c.input(), kSeparated));
  c = c_band();
  c.profile.power_w[3] = 0;
  EXPECT_FALSE(GeneralisedGn::prepare(c.input(), kSeparated));
}

}  // namespace
}  // namespace caspilink::physics
