#include "link_models/physics/profile_models.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "link_models/physics/dispersion.h"
#include "link_models/physics/fibre_nonlinearity.h"
#include "link_models/physics/generalised_gn.h"
#include "link_models/physics/isrs_gn.h"
#include "link_models/physics/raman_gain.h"

namespace caspilink::physics {
namespace {

double beta3_s3_per_m(const plant::FibreType& fibre, double frequency_hz) {
  constexpr double kStep = 1e11;  // beta2 is straight over frequency
  return (beta2_s2_per_m(fibre, Hertz(frequency_hz + kStep)) -
          beta2_s2_per_m(fibre, Hertz(frequency_hz - kStep))) /
         (4 * std::numbers::pi * kStep);
}

std::vector<double> power_of(const SpectralState& state) {
  std::vector<double> power(state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    power[i] = state.signal_w[i] + state.ase_w[i] + state.nli_w[i];
  }
  return power;
}

PowerEvolution plain_profile(const FibreRun& run, const SpectralState& input) {
  std::vector<LumpedTransmission> losses;
  const double length = run.profile.length.value() * 1e3;
  for (const auto& [place, loss] : run.profile.lumped) {
    const double at = place.value() * 1e3;
    if (at <= 0 || at >= length || !(loss > Db(0))) continue;
    if (!losses.empty() && losses.back().position_m == at) {
      losses.back().transmission *= to_linear(-loss);
    } else {
      losses.push_back({at, to_linear(-loss)});
    }
  }
  const std::vector<double> alpha(input.size(), power_attenuation_per_m(run.fibre.attenuation));
  return attenuated(power_of(input), alpha, length, losses);
}

}  // namespace

Result<void> GeneralisedGnModel::interference(const FibreRun& run, const SpectralState& input,
                                              const PowerEvolution* evolution,
                                              std::vector<double>& nli_w) {
  PowerEvolution plain;
  if (evolution == nullptr) {
    plain = plain_profile(run, input);
    evolution = &plain;
  }
  std::vector<double> beta2;
  std::vector<double> beta3;
  std::vector<double> gamma;
  for (const double frequency : input.frequency_hz) {
    beta2.push_back(beta2_s2_per_m(run.fibre, Hertz(frequency)));
    beta3.push_back(beta3_s3_per_m(run.fibre, frequency));
    gamma.push_back(nonlinear_coefficient_per_w_m(run.fibre, Hertz(frequency)));
  }
  auto found = generalised_gn(
      {input.frequency_hz, input.baud_rate_hz, roll_off_, beta2, beta3, gamma, evolution},
      GeneralisedGnForm::kSpectrallySeparated);
  if (!found) return tl::unexpected(found.error());
  nli_w = std::move(*found);
  return {};
}

Result<void> IsrsGnModel::interference(const FibreRun& run, const SpectralState& input,
                                       const PowerEvolution*, std::vector<double>& nli_w) {
  const auto [low, high] =
      std::minmax_element(input.frequency_hz.begin(), input.frequency_hz.end());
  const double middle = (*low + *high) / 2;
  IsrsGnFibre fibre;
  fibre.alpha_per_m = power_attenuation_per_m(run.fibre.attenuation);
  fibre.alpha_bar_per_m = fibre.alpha_per_m;
  fibre.beta2_s2_per_m = beta2_s2_per_m(run.fibre, Hertz(middle));
  fibre.beta3_s3_per_m = beta3_s3_per_m(run.fibre, middle);
  fibre.gamma_per_w_m = nonlinear_coefficient_per_w_m(run.fibre, Hertz(middle));
  fibre.span_length_m = run.profile.length.value() * 1e3;
  fibre.coherent = coherent_;
  if (*high > *low) {
    // The chord of silica's gain over the band.
    const double ends[] = {*low, *high};
    const RamanCoupling coupling(silica_raman_gain(), ends,
                                 run.fibre.effective_area.value() * 1e-12,
                                 reference_frequency().value(), PhotonEnergy::kIgnored);
    fibre.raman_slope_per_w_m_hz = coupling(0, 1) / (*high - *low);
  }
  std::vector<double> offset;
  for (const double frequency : input.frequency_hz) offset.push_back(frequency - middle);
  const std::vector<double> power = power_of(input);
  fibre.spans = coherent_ ? ++runs_ : 1;
  auto efficiency = isrs_gn_efficiency(fibre, {offset, input.baud_rate_hz, power});
  if (!efficiency) return tl::unexpected(efficiency.error());
  if (fibre.spans > 1) {
    --fibre.spans;
    const auto before = isrs_gn_efficiency(fibre, {offset, input.baud_rate_hz, power});
    if (!before) return tl::unexpected(before.error());
    for (std::size_t i = 0; i < power.size(); ++i) (*efficiency)[i] -= (*before)[i];
  }
  for (std::size_t i = 0; i < power.size(); ++i) {
    nli_w[i] = (*efficiency)[i] * power[i] * power[i] * power[i];
  }
  return {};
}

}  // namespace caspilink::physics
