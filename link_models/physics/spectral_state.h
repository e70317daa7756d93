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
  double pmd_squared_ps2 = 0;  // PMD and PDL add in quadrature
  double pdl_squared_db2 = 0;
  double latency_s = 0;

  [[nodiscard]] std::size_t size() const { return frequency_hz.size(); }
};

// The channels as launched: signal alone.
[[nodiscard]] SpectralState launch(const std::vector<plant::Channel>& channels);

// Signal, ASE and NLI of all channels.
[[nodiscard]] Milliwatts total_power(const SpectralState& state);

}  // namespace caspilink::physics
