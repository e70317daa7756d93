// Amplifiers: gain, and the ASE that comes with it.
#pragma once

#include "link_models/physics/spectral_state.h"
#include "link_models/units.h"

namespace caspilink::physics {

// ASE referred to an amplifier's input, both polarisations: NF h nu B. At the output it is the
// gain times as much, which is the high-gain form 10log10 constants of the field rest on.
[[nodiscard]] Milliwatts input_referred_ase(Db noise_figure, Hertz frequency, Hertz bandwidth);

// OSNR in 12.5 GHz that one amplifier alone gives a channel of input power `input`.
[[nodiscard]] Db amplifier_osnr_01nm(Dbm input, Db noise_figure, Hertz frequency);

// Adds the amplifier's ASE and multiplies all power by the gain. A negative noise figure stands
// for distributed gain lumped at the fibre's end.
void amplify(SpectralState& state, Db gain, Db noise_figure);

// Adds noise that arose on the way, in watts a channel.
void add_ase(SpectralState& state, const std::vector<double>& ase_w);

// The gain at which the amplifier sends out `total` in all, its own ASE included, and not above
// `maximum_gain`. Because noise takes its share of a fixed total, the signal droops.
[[nodiscard]] Db gain_holding_total(const SpectralState& state, Dbm total, Db noise_figure,
                                    Db maximum_gain);

// Tilts all light over frequency by a straight line in dB: the highest channel gains this much more
// than the lowest. The middle of the band keeps its power.
void tilt(SpectralState& state, Db tilt);
// The same with the total power kept.
void tilt_holding_total(SpectralState& state, Db tilt);

// Signal to noise after a chain of amplifiers each of which holds its total output power:
// 1 + 1/SNR = product of (1 + 1/SNR_k). Antona et al., generalised droop.
[[nodiscard]] double cascade_with_droop(double snr_so_far, double snr_of_stage);

}  // namespace caspilink::physics
