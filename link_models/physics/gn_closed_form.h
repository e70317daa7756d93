// The GN model for the centre of a filled band, and the launch power it makes best.
#pragma once

#include "link_models/units.h"

namespace caspilink::physics {

// One span of fibre and the even spectrum in it.
struct FilledBand {
  double nonlinear_coefficient_per_w_m = 0;  // gamma
  double abs_beta2_s2_per_m = 0;
  DbPerKm attenuation;
  Kilometers span_length;
  Hertz bandwidth;  // of the whole filled band
};

// Noise-like interference density in W/Hz at the band's centre after one span, referred to the
// span's input, for a signal density g in W/Hz: (8/27) gamma^2 g^3 L_eff^2
// asinh(pi^2/2 |beta2| L_a B^2) / (pi |beta2| L_a). Poggiolini, JLT 30(24), 2012.
[[nodiscard]] double nli_density_w_per_hz(const FilledBand& band, double signal_w_per_hz);

// Excess of coherent over incoherent accumulation: NLI grows as N^(1 + epsilon) over N spans.
[[nodiscard]] double coherence_exponent(const FilledBand& band);

// Launch power at which ASE is twice the NLI: (P_ASE / (2 eta))^(1/3), per channel and span;
// `nli` is the NLI that `at` gives.
[[nodiscard]] Dbm optimum_launch_power(Milliwatts ase, Milliwatts nli, Dbm at);

}  // namespace caspilink::physics
