// The light on a line at one place: what propagation hands from element to element.
#pragma once

#include <cstddef>
#include <vector>

#include "link_models/plant/spectrum.h"
#include "link_models/units.h"

namespace caspilink::physics {

// One entry a channel, all vectors of one size. Powers are in watts in the symbol-rate bandwidth,
// plain arrays so that loops over them vectorise.
struct SpectralState {
  std::vector<double> frequency_hz;
  std::vector<double> baud_rate_hz;
  std::vector<double> signal_w;
  std::vector<double> ase_w;
  std::vector<double> nli_w;
  std::vector<double> chromatic_dispersion_ps_per_nm;
  double gawbs_noise_to_signal = 0;
  std::vector<double> pmd_squared_ps2;  // PMD and PDL add in quadrature
  std::vector<double> pdl_squared_db2;
  double latency_s = 0;

  [[nodiscard]] std::size_t size() const { return frequency_hz.size(); }
};

// Channels without light: every other figure is zero.
[[nodiscard]] SpectralState dark(std::vector<double> frequency_hz,
                                 std::vector<double> baud_rate_hz);

// The channels as launched: signal alone.
[[nodiscard]] SpectralState launch(const std::vector<plant::Channel>& channels);

// Adds PDL in quadrature to every channel.
void add_pdl(SpectralState& state, Db pdl);

// Signal, ASE and NLI of all channels.
[[nodiscard]] Milliwatts total_power(const SpectralState& state);

}  // namespace caspilink::physics
