#include "link_models/physics/spectral_state.h"

namespace caspilink::physics {

SpectralState launch(const std::vector<plant::Channel>& channels) {
  SpectralState state;
  for (const plant::Channel& channel : channels) {
    state.frequency_hz.push_back(channel.frequency.value());
    state.baud_rate_hz.push_back(channel.baud_rate.value());
    state.signal_w.push_back(to_milliwatts(channel.launch_power).value() * 1e-3);
  }
  state.ase_w.assign(channels.size(), 0.0);
  state.nli_w.assign(channels.size(), 0.0);
  state.chromatic_dispersion_ps_per_nm.assign(channels.size(), 0.0);
  return state;
}

Milliwatts total_power(const SpectralState& state) {
  double watts = 0;
  for (std::size_t i = 0; i < state.size(); ++i) {
    watts += state.signal_w[i] + state.ase_w[i] + state.nli_w[i];
  }
  return Milliwatts(watts * 1e3);
}

}  // namespace caspilink::physics
