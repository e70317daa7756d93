// Guided acoustic-wave Brillouin scattering: noise that fibre's own vibration puts on its light.
#pragma once

#include "link_models/units.h"

namespace caspilink::physics {

// Noise to signal of a length of fibre: per_km is for an effective area of 80 um2 (about -61.5 dB
// at room temperature, good to 2 dB), in inverse proportion to the area. Bolshtyansky et al., JLT
// 38 (2020). Lengths add; no amplifier changes it.
[[nodiscard]] inline double gawbs_noise_to_signal(Db per_km, SquareMicrometers effective_area,
                                                  Kilometers length) {
  constexpr SquareMicrometers kReferenceArea(80);
  return to_linear(per_km) * (kReferenceArea / effective_area) * length.value();
}

}  // namespace caspilink::physics
