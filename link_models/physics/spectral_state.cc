#include "link_models/physics/spectral_state.h"

#include <utility>

namespace caspilink::physics {

SpectralState dark(std::vector<double> frequency_hz, std::vector<double> baud_rate_hz) {
  SpectralState state;
  const std::vector<double> none(frequency_hz.size(), 0.0);
  state.frequency_hz = std::move(frequency_hz);
  state.baud_rate_hz = std::move(baud_rate_hz);
  state.signal_w = state.ase_w = state.nli_w = none;
  state.chromatic_dispersion_ps_per_nm = state.pmd_squared_ps2 = state.pdl_squared_db2 = none;
  return state;
}

SpectralState launch(const std::vector<plant::Channel>& channels) {
  std::vector<double> frequency_hz;
  std::vector<double> baud_rate_hz;
  for (const plant::Channel& channel : channels) {
    frequency_hz.push_back(channel.frequency.value());
    baud_rate_hz.push_back(channel.baud_rate.value());
  }
  SpectralState state = dark(std::move(frequency_hz), std::move(baud_rate_hz));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    state.signal_w[i] = to_milliwatts(channels[i].launch_power).value() * 1e-3;
  }
  return state;
}

void add_pdl(SpectralState& state, Db pdl) {
  const double squared = pdl.value() * pdl.value();
  for (double& sum : state.pdl_squared_db2) sum += squared;
}

Milliwatts total_power(const SpectralState& state) {
  double watts = 0;
  for (std::size_t i = 0; i < state.size(); ++i) {
    watts += state.signal_w[i] + state.ase_w[i] + state.nli_w[i];
  }
  return Milliwatts(watts * 1e3);
}

}  // namespace caspilink::physics
