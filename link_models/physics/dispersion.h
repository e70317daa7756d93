// Chromatic dispersion and polarisation-mode dispersion.
#pragma once

#include "link_models/physics/spectral_state.h"
#include "link_models/plant/elements.h"
#include "link_models/units.h"

namespace caspilink::physics {

// Where coefficients of fibre types hold: 1550 nm.
[[nodiscard]] Hertz reference_frequency();

// Group-velocity dispersion beta2 in s^2/m at a frequency: -D lambda^2 / (2 pi c) at 1550 nm, and
// beta3 from the dispersion slope beyond it. Without a slope beta2 is the same everywhere.
[[nodiscard]] double beta2_s2_per_m(const plant::FibreType& fibre, Hertz frequency);

// D at a frequency; without a slope the coefficient itself.
[[nodiscard]] PsPerNmKm dispersion_at(const plant::FibreType& fibre, Hertz frequency);

// D L on every channel, and PMD coefficient squared times L.
void disperse(SpectralState& state, const plant::FibreType& fibre, Kilometers length);

}  // namespace caspilink::physics
