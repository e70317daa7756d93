// Stimulated Raman scattering between channels that travel the same way, by perturbation: fast, and
// good where it moves a few decibels. Pumps and light the other way need raman.h.
#pragma once

#include <span>

#include "link_models/physics/power_evolution.h"
#include "link_models/physics/raman_gain.h"
#include "link_models/result.h"

namespace caspilink::physics {

// Light that enters a fibre; one entry a channel, as many as the coupling has waves.
struct SrsInput {
  std::span<const double> power_w;      // >= 0, all that the channel carries
  std::span<const double> alpha_per_m;  // power attenuation, > 0
  const RamanCoupling* coupling = nullptr;
  double length_m = 0;
  std::span<const LumpedTransmission> losses;  // ascending within (0, length)
};

// ln P_i(z) = ln P_i(0) - alpha_i z + gamma_1 + ... + gamma_order, each gamma the effect on channel
// i of the powers found one order before; begun anew behind every lumped loss. D'Amico et al.,
// J. Lightwave Technol. 40, 3499 (2022). Where all channels attenuate alike the integrals along z
// are powers of the effective length and exact; otherwise they are collocated (Gauss, order 6) on
// panels of at most 8 km, which is finer than any error of the orders left out.
// z_m: places to report, ascending from 0 to length_m, each lumped loss twice.
// kInvalidInput for orders other than 1 to 4 and for sizes that do not match.
[[nodiscard]] Result<PowerEvolution> perturbative_srs(const SrsInput& input, int order,
                                                      std::span<const double> z_m);

}  // namespace caspilink::physics
