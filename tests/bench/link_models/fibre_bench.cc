// One fibre's Raman scattering and amplification, and the NLI over what they leave, 96 channels.
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include <benchmark/benchmark.h>

#include "link_models/physics/generalised_gn.h"
#include "link_models/physics/raman.h"
#include "link_models/physics/srs.h"

namespace caspilink::physics {
namespace {

constexpr double kReferenceHz = 299'792'458.0 / 1550e-9;
constexpr double kAlpha = 0.2e-3 * std::numbers::ln10 / 10;  // 0.2 dB/km

struct Light {
  explicit Light(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      frequency.push_back(191.35e12 + 50e9 * static_cast<double>(i));
    }
    power.assign(count, 1e-3);
    alpha.assign(count, kAlpha);
    baud.assign(count, 32e9);
    roll_off.assign(count, 0.15);
    beta2.assign(count, -21.3e-27);
    beta3.assign(count, 0.0);
    gamma.assign(count, 1.3e-3);
    coupling = RamanCoupling(silica_raman_gain(), frequency, 83e-12, kReferenceHz,
                             PhotonEnergy::kHeatsFibre);
  }
  GeneralisedGnInput input(const PowerEvolution& profile) const {
    return {frequency, baud, roll_off, beta2, beta3, gamma, &profile};
  }

  std::vector<double> frequency, power, alpha, baud, roll_off, beta2, beta3, gamma;
  RamanCoupling coupling;
};

void coupling_96(benchmark::State& state) {
  const Light light(96);
  for (auto _ : state) {
    benchmark::DoNotOptimize(RamanCoupling(silica_raman_gain(), light.frequency, 83e-12,
                                           kReferenceHz, PhotonEnergy::kHeatsFibre));
  }
}
BENCHMARK(coupling_96)->Unit(benchmark::kMicrosecond);

void srs_order_2(benchmark::State& state, bool even) {
  Light light(96);
  light.alpha.front() *= even ? 1.0 : 1.01;
  const auto z = profile_positions(76e3, 10e3, {});
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        perturbative_srs({light.power, light.alpha, &light.coupling, 76e3, {}}, 2, z));
  }
}
BENCHMARK_CAPTURE(srs_order_2, one_attenuation, true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(srs_order_2, attenuation_by_frequency, false)->Unit(benchmark::kMicrosecond);

void raman_250_km_4_pumps(benchmark::State& state) {
  const Light light(96);
  const std::vector<double> alpha(96, 0.157 / 0.2 * kAlpha);
  std::vector<RamanPump> pumps;
  auto all = light.frequency;
  for (const auto& [power, hz, loss] : {std::array{0.23, 204e12, 0.175},
                                        {0.2, 206e12, 0.182},
                                        {0.2, 208.5e12, 0.193},
                                        {0.22, 210.5e12, 0.202}}) {
    pumps.push_back({hz, power, loss / 0.2 * kAlpha, PumpDirection::kCounterPropagating});
    all.push_back(hz);
  }
  const RamanCoupling coupling(silica_raman_gain(), all, 125e-12, kReferenceHz,
                               PhotonEnergy::kHeatsFibre);
  const auto z = profile_positions(250e3, 10e3, {});
  const std::vector<double> power(96, 1.78e-3);
  int sweeps = 0;
  for (auto _ : state) {
    const auto solution = solve_raman({.frequency_hz = light.frequency,
                                       .power_w = power,
                                       .alpha_per_m = alpha,
                                       .bandwidth_hz = light.baud,
                                       .pumps = pumps,
                                       .coupling = &coupling,
                                       .length_m = 250e3},
                                      z);
    if (!solution) std::abort();
    sweeps = solution->sweeps;
  }
  state.counters["sweeps"] = sweeps;
}
BENCHMARK(raman_250_km_4_pumps)->Unit(benchmark::kMillisecond);

void generalised_gn_span(benchmark::State& state, GeneralisedGnForm form, std::size_t channels) {
  const Light light(channels);
  const auto z = profile_positions(76e3, 10e3, {});
  const auto profile =
      perturbative_srs({light.power, light.alpha, &light.coupling, 76e3, {}}, 2, z);
  for (auto _ : state) {
    benchmark::DoNotOptimize(generalised_gn(light.input(*profile), form));
  }
}
BENCHMARK_CAPTURE(generalised_gn_span, separated_96, GeneralisedGnForm::kSpectrallySeparated, 96)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(generalised_gn_span, whole_band_96, GeneralisedGnForm::kWholeBand, 96)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(generalised_gn_span, approximate_96, GeneralisedGnForm::kApproximate, 96)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(generalised_gn_span, separated_192, GeneralisedGnForm::kSpectrallySeparated, 192)
    ->Unit(benchmark::kMillisecond);

// Tables alone.
void generalised_gn_tables(benchmark::State& state) {
  const Light light(96);
  const auto z = profile_positions(76e3, 10e3, {});
  const auto profile =
      perturbative_srs({light.power, light.alpha, &light.coupling, 76e3, {}}, 2, z);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        GeneralisedGn::prepare(light.input(*profile), GeneralisedGnForm::kSpectrallySeparated));
  }
}
BENCHMARK(generalised_gn_tables)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace caspilink::physics

BENCHMARK_MAIN();
