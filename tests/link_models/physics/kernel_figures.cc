// Prints what every kernel makes of one spectrum in one fibre, a figure a line, exactly: for
// comparing builds of the kernels with one another.
#include <array>
#include <cstdio>
#include <vector>

#include "link_models/physics/exponentials.h"
#include "link_models/physics/generalised_gn.h"
#include "link_models/physics/gn_kernel.h"
#include "link_models/physics/isrs_gn.h"
#include "link_models/physics/raman.h"
#include "link_models/physics/srs.h"

namespace caspilink::physics {
namespace {

constexpr std::size_t kChannels = 41;  // no multiple of any vector's width
constexpr double kReferenceHz = 299'792'458.0 / 1550e-9;

int print(const char* what, const std::vector<double>& figures) {
  for (const double figure : figures) std::printf("%s %a\n", what, figure);
  return figures.empty() ? 1 : 0;
}

std::vector<double> powers_of(const Result<PowerEvolution>& evolution) {
  return evolution ? evolution->power_w : std::vector<double>{};
}

// 0 where every kernel had an answer.
int run(double grid_hz) {
  std::vector<double> frequency;
  std::vector<double> power;
  std::vector<double> alpha;
  for (std::size_t i = 0; i < kChannels; ++i) {
    const auto k = static_cast<double>(i);
    frequency.push_back(191.4e12 + grid_hz * k);
    power.push_back(1e-3 * (1 + 0.01 * k));
    alpha.push_back(4.6e-5 * (1 + 0.001 * k));
  }
  const std::vector<double> baud(kChannels, 64e9);
  const std::vector<double> roll_off(kChannels, 0.1);
  const std::vector<double> length(kChannels, 21.7e3);
  const std::vector<double> effective(kChannels, 20.1e3);
  const std::vector<double> beta2(kChannels, -21.3e-27);
  const std::vector<double> beta3(kChannels, 1.4e-40);
  const std::vector<double> gamma(kChannels, 1.3e-3);
  int failures = 0;

  const auto kernel = gn_kernel({frequency, baud, length, effective, beta2, gamma});
  std::vector<double> nli(kChannels);
  gn_interference(kernel, power, nli);
  failures += print("gn", nli);

  std::vector<double> offset;
  for (const double f : frequency) offset.push_back(f - frequency[kChannels / 2]);
  const auto closed = isrs_gn_efficiency({.alpha_per_m = 4.6e-5,
                                          .alpha_bar_per_m = 4.6e-5,
                                          .beta2_s2_per_m = -21.3e-27,
                                          .beta3_s3_per_m = 1.4e-40,
                                          .gamma_per_w_m = 1.3e-3,
                                          .raman_slope_per_w_m_hz = 2.8e-17,
                                          .span_length_m = 80e3},
                                         {offset, baud, power});
  failures += print("isrs_gn", closed ? *closed : std::vector<double>{});

  const RamanCoupling coupling(silica_raman_gain(), frequency, 83e-12, kReferenceHz,
                               PhotonEnergy::kHeatsFibre);
  const std::vector<LumpedTransmission> losses{{30e3, 0.9}};
  const auto places = profile_positions(80e3, 4e3, losses);
  const auto scattered = perturbative_srs({power, alpha, &coupling, 80e3, losses}, 3, places);
  failures += print("srs", powers_of(scattered));
  if (scattered) {
    const auto integrated =
        generalised_gn({frequency, baud, roll_off, beta2, beta3, gamma, &*scattered},
                       GeneralisedGnForm::kSpectrallySeparated);
    failures += print("ggn", integrated ? *integrated : std::vector<double>{});
  }

  const std::vector<RamanPump> pumps{{205e12, 0.25, 5e-5, PumpDirection::kCounterPropagating},
                                     {208e12, 0.15, 5e-5, PumpDirection::kCoPropagating},
                                     {202e12, 0.2, 5e-5, PumpDirection::kCounterPropagating}};
  std::vector<double> waves = frequency;
  for (const RamanPump& pump : pumps) waves.push_back(pump.frequency_hz);
  const RamanCoupling with_pumps(silica_raman_gain(), waves, 83e-12, kReferenceHz,
                                 PhotonEnergy::kHeatsFibre);
  const auto pumped = solve_raman({.frequency_hz = frequency,
                                   .power_w = power,
                                   .alpha_per_m = alpha,
                                   .bandwidth_hz = baud,
                                   .pumps = pumps,
                                   .coupling = &with_pumps,
                                   .length_m = 80e3,
                                   .losses = losses},
                                  places);
  failures += print("raman", pumped ? pumped->channels.power_w : std::vector<double>{});
  failures += print("raman_ase", pumped ? pumped->ase_at_end_w : std::vector<double>{});
  return failures;
}

}  // namespace
}  // namespace caspilink::physics

int main() {
  using caspilink::physics::run;
  const int failures = run(75e9) + run(75.001e9 + 1.0 / 3);
  return failures == 0 ? 0 : 1;
}
