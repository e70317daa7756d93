#include "link_models/design/fibre_light.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "link_models/design/scattering_tilt.h"
#include "link_models/physics/generalised_gn.h"
#include "link_models/physics/gn_kernel.h"
#include "link_models/physics/power_evolution.h"
#include "link_models/physics/raman.h"
#include "link_models/physics/raman_gain.h"
#include "link_models/physics/srs.h"

namespace caspilink::design {
namespace {

using physics::PowerEvolution;
using physics::SpectralState;

std::vector<double> channel_power(const SpectralState& light) {
  std::vector<double> power(light.size());
  for (std::size_t i = 0; i < power.size(); ++i) {
    power[i] = light.signal_w[i] + light.ase_w[i] + light.nli_w[i];
  }
  return power;
}

std::vector<physics::LumpedTransmission> lumped_of(const Fibre& fibre) {
  std::vector<physics::LumpedTransmission> lumped;
  for (const Fibre::Lumped& place : fibre.lumped) {
    lumped.push_back({place.at_m, to_linear(-place.loss)});
  }
  return lumped;
}

Result<physics::RamanCoupling> coupling_of(const Fibre& fibre,
                                           const std::vector<double>& frequency_hz) {
  // Watts pass from wave to wave undiminished, as GNPy has it.
  constexpr auto kPhotons = physics::PhotonEnergy::kIgnored;
  const double area = fibre.effective_area_m2;
  const double reference = fibre.reference_frequency_hz;
  if (fibre.raman_gain.empty()) {
    return physics::RamanCoupling(physics::silica_raman_gain(), frequency_hz, area, reference,
                                  kPhotons);
  }
  std::vector<double> offset;
  std::vector<double> gain;
  for (const auto& [hz, figure] : fibre.raman_gain) {
    offset.push_back(hz);
    gain.push_back(figure);
  }
  const auto profile =
      physics::measured_raman_gain(fibre.raman_reference_hz, offset, gain, area, reference);
  if (!profile) return tl::unexpected(profile.error());
  return physics::RamanCoupling(*profile, frequency_hz, area, reference, kPhotons);
}

// What enters a fibre, and the fibre as each channel meets it.
struct Entry {
  const Fibre& fibre;
  const std::vector<double>& frequency_hz;
  const std::vector<double>& power_w;
  const std::vector<double>& alpha_per_m;
  std::vector<physics::LumpedTransmission> lumped;
};

struct Scattered {
  PowerEvolution profile;
  std::vector<double> ase_w;
};

Result<Scattered> with_pumps(const Entry& entry, const std::vector<double>& bandwidth_hz,
                             const std::vector<double>& places) {
  const Fibre& fibre = entry.fibre;
  std::vector<double> pump_frequency;
  for (const RamanPump& pump : fibre.pumps) pump_frequency.push_back(pump.frequency.value());
  const auto pump_alpha = attenuation_of(fibre, pump_frequency);
  if (!pump_alpha) return tl::unexpected(pump_alpha.error());
  std::vector<physics::RamanPump> pumps;
  for (std::size_t p = 0; p < fibre.pumps.size(); ++p) {
    if (fibre.pumps[p].power_w <= 0) continue;
    pumps.push_back({pump_frequency[p], fibre.pumps[p].power_w, (*pump_alpha)[p],
                     fibre.pumps[p].counter ? physics::PumpDirection::kCounterPropagating
                                            : physics::PumpDirection::kCoPropagating});
  }
  std::vector<double> waves = entry.frequency_hz;
  for (const physics::RamanPump& pump : pumps) waves.push_back(pump.frequency_hz);
  const auto coupling = coupling_of(fibre, waves);
  if (!coupling) return tl::unexpected(coupling.error());
  auto solution = physics::solve_raman({.frequency_hz = entry.frequency_hz,
                                        .power_w = entry.power_w,
                                        .alpha_per_m = entry.alpha_per_m,
                                        .bandwidth_hz = bandwidth_hz,
                                        .pumps = pumps,
                                        .coupling = &*coupling,
                                        .length_m = fibre.length_m,
                                        .temperature_k = fibre.temperature_k,
                                        .losses = entry.lumped},
                                       places);
  if (!solution) return tl::unexpected(solution.error());
  return Scattered{std::move(solution->channels), std::move(solution->ase_at_input_w)};
}

Result<Scattered> scatter(const Entry& entry, const Simulation& simulation,
                          const std::vector<double>& bandwidth_hz) {
  const Fibre& fibre = entry.fibre;
  std::vector<double> none(entry.frequency_hz.size(), 0.0);
  if (!simulation.scattering) {
    return Scattered{
        physics::attenuated(entry.power_w, entry.alpha_per_m, fibre.length_m, entry.lumped),
        std::move(none)};
  }
  const std::vector<double> places =
      physics::profile_positions(fibre.length_m, simulation.result_step_m, entry.lumped);
  if (!fibre.pumps.empty() || simulation.method == ScatteringMethod::kNumerical) {
    return with_pumps(entry, bandwidth_hz, places);
  }
  const auto coupling = coupling_of(fibre, entry.frequency_hz);
  if (!coupling) return tl::unexpected(coupling.error());
  auto profile = physics::perturbative_srs({.power_w = entry.power_w,
                                            .alpha_per_m = entry.alpha_per_m,
                                            .coupling = &*coupling,
                                            .length_m = fibre.length_m,
                                            .losses = entry.lumped},
                                           simulation.order, places);
  if (!profile) return tl::unexpected(profile.error());
  return Scattered{*std::move(profile), std::move(none)};
}

// Channels to compute, from 0; none: all.
Result<std::vector<std::size_t>> computed(const Simulation& simulation, std::size_t n) {
  std::vector<std::size_t> channels;
  for (const int number : simulation.computed_channels) {
    if (static_cast<std::size_t>(number) > n) {
      return fail(ErrorCode::kInvalidInput, "",
                  "channel " + std::to_string(number) + " is to be computed, of " +
                      std::to_string(n) + " that there are");
    }
    channels.push_back(static_cast<std::size_t>(number - 1));
  }
  if (channels.empty() && simulation.computed_channel_count) {
    const int count = *simulation.computed_channel_count;
    for (int i = 0; i < count; ++i) {
      const double place = static_cast<double>(i) * static_cast<double>(n - 1) / (count - 1);
      channels.push_back(static_cast<std::size_t>(std::nearbyint(place)));
    }
  }
  std::sort(channels.begin(), channels.end());
  channels.erase(std::unique(channels.begin(), channels.end()), channels.end());
  return channels;
}

Result<std::vector<double>> generalised(const Simulation& simulation, const FibreOptics& optics,
                                        const SpectralState& input,
                                        const std::vector<double>& roll_off,
                                        const PowerEvolution& profile) {
  const auto form = simulation.interference == InterferenceMethod::kGgnApproximate
                        ? physics::GeneralisedGnForm::kApproximate
                        : physics::GeneralisedGnForm::kSpectrallySeparated;
  const std::vector<double> beta3 =
      physics::fitted_beta3(input.frequency_hz, optics.beta2_s2_per_m);
  const physics::GeneralisedGnInput light{.frequency_hz = input.frequency_hz,
                                          .baud_rate_hz = input.baud_rate_hz,
                                          .roll_off = roll_off,
                                          .beta2_s2_per_m = optics.beta2_s2_per_m,
                                          .beta3_s3_per_m = beta3,
                                          .gamma_per_w_m = optics.gamma_per_w_m,
                                          .profile = &profile};
  const auto channels = computed(simulation, input.size());
  if (!channels) return tl::unexpected(channels.error());
  if (channels->empty()) return physics::generalised_gn(light, form);
  return physics::generalised_gn_at(light, form, *channels);
}

// What identical fibres have in common does not depend on connectors, pumps or names.
bool same_glass(const Fibre& a, const Fibre& b) {
  return a.length_m == b.length_m && a.loss_db_per_m == b.loss_db_per_m &&
         a.loss_frequency_hz == b.loss_frequency_hz &&
         a.dispersion_s_per_m2 == b.dispersion_s_per_m2 &&
         a.dispersion_frequency_hz == b.dispersion_frequency_hz &&
         a.dispersion_slope_s_per_m3 == b.dispersion_slope_s_per_m3 &&
         a.reference_frequency_hz == b.reference_frequency_hz &&
         a.effective_area_m2 == b.effective_area_m2;
}

std::vector<double> kernel_of(const Fibre& fibre, const FibreOptics& optics,
                              const SpectralState& input) {
  std::vector<double> asymptotic;
  std::vector<double> effective;
  for (const double alpha : optics.alpha_per_m) {
    asymptotic.push_back(1 / alpha);
    effective.push_back(-std::expm1(-alpha * fibre.length_m) / alpha);
  }
  return physics::gn_kernel({input.frequency_hz, input.baud_rate_hz, asymptotic, effective,
                             optics.beta2_s2_per_m, optics.gamma_per_w_m});
}

}  // namespace

Result<FibreModels::Known*> FibreModels::known(const Fibre& fibre,
                                               const std::vector<double>& frequency_hz,
                                               const std::vector<double>& baud_rate_hz) {
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const Known& one) {
    return same_glass(one.fibre, fibre) && one.frequency_hz == frequency_hz &&
           one.baud_rate_hz == baud_rate_hz;
  });
  if (found != known_.end()) return &*found;
  auto optics = optics_of(fibre, frequency_hz);
  if (!optics) return tl::unexpected(optics.error());
  known_.push_back({fibre, frequency_hz, baud_rate_hz, *std::move(optics), {}});
  return &known_.back();
}

Result<FibreEffect> FibreModels::through(const Fibre& fibre, const SpectralState& input,
                                         const std::vector<double>& roll_off) {
  const auto glass = known(fibre, input.frequency_hz, input.baud_rate_hz);
  if (!glass) return tl::unexpected(glass.error());
  Known& same = **glass;
  const std::vector<double> power = channel_power(input);
  const Entry entry{fibre, input.frequency_hz, power, same.optics.alpha_per_m, lumped_of(fibre)};
  auto scattered = scatter(entry, simulation_, input.baud_rate_hz);
  if (!scattered) return tl::unexpected(scattered.error());

  FibreEffect effect;
  effect.dispersion_ps_per_nm = same.optics.dispersion_ps_per_nm;
  effect.ase_w = std::move(scattered->ase_w);
  for (std::size_t i = 0; i < power.size(); ++i) {
    effect.transmission.push_back(scattered->profile.transmission(i));
  }
  if (simulation_.interference == InterferenceMethod::kGnAnalytic) {
    if (same.gn_kernel.empty()) same.gn_kernel = kernel_of(fibre, same.optics, input);
    effect.nli_w.resize(power.size());
    physics::gn_interference(same.gn_kernel, power, effect.nli_w);
    return effect;
  }
  if (!fibre.pumps.empty()) {
    // Pumps bend the profile within the steps it is reported at; GNPy draws it straight there.
    scattered->profile = physics::drawn_straight(scattered->profile, same.optics.alpha_per_m,
                                                 simulation_.result_step_m / 2);
  }
  auto nli = generalised(simulation_, same.optics, input, roll_off, scattered->profile);
  if (!nli) return tl::unexpected(nli.error());
  effect.nli_w = *std::move(nli);
  return effect;
}

Result<std::vector<double>> FibreModels::transmission(const Fibre& fibre,
                                                      const std::vector<double>& frequency_hz,
                                                      const std::vector<double>& power_w) {
  const auto alpha = attenuation_of(fibre, frequency_hz);
  if (!alpha) return tl::unexpected(alpha.error());
  const Entry entry{fibre, frequency_hz, power_w, *alpha, lumped_of(fibre)};
  const std::vector<double> bandwidth(frequency_hz.size(), 0.0);
  const auto scattered = scatter(entry, simulation_, bandwidth);
  if (!scattered) return tl::unexpected(scattered.error());
  std::vector<double> transmission;
  for (std::size_t i = 0; i < frequency_hz.size(); ++i) {
    transmission.push_back(scattered->profile.transmission(i));
  }
  return transmission;
}

namespace {

// Pumps that all travel with the light, by perturbation to second order: rough where they are
// strong, but what GNPy's designs go by.
Result<std::vector<double>> perturbed_by_pumps(const Fibre& fibre,
                                               const std::vector<double>& frequency_hz,
                                               const std::vector<double>& power_w) {
  constexpr int kOrder = 2;
  std::vector<double> waves = frequency_hz;
  std::vector<double> power = power_w;
  for (const RamanPump& pump : fibre.pumps) {
    waves.push_back(pump.frequency.value());
    power.push_back(pump.power_w);
  }
  const auto alpha = attenuation_of(fibre, waves);
  if (!alpha) return tl::unexpected(alpha.error());
  const auto coupling = coupling_of(fibre, waves);
  if (!coupling) return tl::unexpected(coupling.error());
  const auto lumped = lumped_of(fibre);
  const auto places = physics::profile_positions(fibre.length_m, fibre.length_m, lumped);
  const auto profile = physics::perturbative_srs({.power_w = power,
                                                  .alpha_per_m = *alpha,
                                                  .coupling = &*coupling,
                                                  .length_m = fibre.length_m,
                                                  .losses = lumped},
                                                 kOrder, places);
  if (!profile) return tl::unexpected(profile.error());
  std::vector<double> transmission;
  for (std::size_t i = 0; i < frequency_hz.size(); ++i) {
    transmission.push_back(profile->transmission(i));
  }
  return transmission;
}

}  // namespace

Result<Db> FibreModels::raman_gain(const Fibre& fibre, const ReferenceSpectrum& band,
                                   Dbm channel_power) {
  constexpr double kCoarser = 3;
  const std::vector<double> frequency =
      fill_band({band.f_min, band.f_max, std::nullopt}, band.spacing * kCoarser);
  if (frequency.empty()) return Db(0);
  const double launched = kCoarser * to_milliwatts(channel_power).value() * 1e-3;
  const Db before = fibre.input_connector.value_or(Db(0)) + fibre.input_attenuation;
  const std::vector<double> power(frequency.size(), launched * to_linear(-before));
  Simulation simulation;
  simulation.scattering = true;
  const bool against = std::any_of(fibre.pumps.begin(), fibre.pumps.end(),
                                   [](const RamanPump& pump) { return pump.counter; });
  const auto through = against ? FibreModels(simulation).transmission(fibre, frequency, power)
                               : perturbed_by_pumps(fibre, frequency, power);
  if (!through) return tl::unexpected(through.error());
  double out = 0;
  for (std::size_t i = 0; i < power.size(); ++i) out += power[i] * (*through)[i];
  const double in = launched * static_cast<double>(frequency.size());
  const Db loss = to_db(in / out) + fibre.output_connector.value_or(Db(0));
  return fibre.loss() - loss;
}

}  // namespace caspilink::design
