// Remote optically pumped amplifiers: erbium fibre on the seabed and the pump light that reaches
// it.
#pragma once

#include "link_models/physics/spectral_state.h"
#include "link_models/plant/pumping.h"
#include "link_models/units.h"

namespace caspilink::physics {

struct PumpedGain {
  Db small_signal_gain;  // what the pump would give hardly any light
  Db gain;               // what it gives this light
  Db noise_figure;
};

// Gain and noise figure of the small signal stand in the response table, straight in dB over the
// pump power in the erbium and level beyond its last point. Light saturates the gain as in an
// amplifier without losses of its own whose stored energy the pump renews (A. A. M. Saleh et al.,
// IEEE Photon. Technol. Lett. 2, 714 (1990)):
//   ln G = ln G0 (1 - (G - 1) P_in / (eta P_pump)),
// so that the light gains less than the share eta of the pump power, however much comes in. P_in
// counts signals and noise, the amplifier's own referred to its input. Starved erbium (G0 <= 1)
// absorbs by G0, not bleached by the signals. More pump never gives less gain.
[[nodiscard]] PumpedGain pumped_gain(const plant::RopaPumping& pumping, Milliwatts arriving_pump,
                                     const SpectralState& input);

}  // namespace caspilink::physics
