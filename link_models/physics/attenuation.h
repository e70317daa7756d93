// Loss of power along fibre and at single places.
#pragma once

#include <utility>
#include <vector>

#include "link_models/physics/spectral_state.h"
#include "link_models/plant/elements.h"
#include "link_models/units.h"

namespace caspilink::physics {

// Signal, ASE and NLI alike lose `loss` (>= 0 dB).
void attenuate(SpectralState& state, Db loss);

// Signal, ASE and NLI of each channel by its own factor (linear, >= 0).
void transmit(SpectralState& state, const std::vector<double>& factor);

// alpha of exp(-alpha z) for power, in 1/m.
[[nodiscard]] double power_attenuation_per_m(DbPerKm attenuation);

// Attenuation of light at any frequency, pumps included: along the fibre's points, straight between
// them over frequency; beyond them, and of a fibre without points from its attenuation at 1550 nm,
// as Rayleigh scattering has it, by the fourth power of frequency.
[[nodiscard]] DbPerKm attenuation_at(const plant::FibreType& fibre, Hertz frequency);

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
