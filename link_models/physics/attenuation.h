// Loss of power along fibre and at single places.
#pragma once

#include <utility>
#include <vector>

#include "link_models/physics/spectral_state.h"
#include "link_models/units.h"

namespace caspilink::physics {

// Signal, ASE and NLI alike lose `loss` (>= 0 dB).
void attenuate(SpectralState& state, Db loss);

// alpha of exp(-alpha z) for power, in 1/m.
[[nodiscard]] double power_attenuation_per_m(DbPerKm attenuation);

// A stretch of one fibre with losses at places along it: the power profile it gives.
struct PowerProfile {
  DbPerKm attenuation;
  Kilometers length;
  std::vector<std::pair<Kilometers, Db>> lumped;  // ascending places within [0, length]

  friend bool operator==(const PowerProfile&, const PowerProfile&) = default;
};

// Integral of power over the power at the input, in m; (1 - exp(-alpha L)) / alpha where nothing
// is lumped. Never above L.
[[nodiscard]] double effective_length_m(const PowerProfile& profile);

}  // namespace caspilink::physics
