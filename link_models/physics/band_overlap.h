// The spectra of two channels and the mixing products between them: the outer integrals of the
// generalised GN model.
#pragma once

#include "link_models/physics/fwm_efficiency.h"

namespace caspilink::physics {

// A raised cosine in power: 1 over the pass band, down to 0 at (1 + roll_off) baud / 2.
struct BandShape {
  double baud_hz = 0;   // > 0
  double roll_off = 0;  // [0, 1]

  [[nodiscard]] double pass() const { return (1 - roll_off) * baud_hz / 2; }
  [[nodiscard]] double stop() const { return (1 + roll_off) * baud_hz / 2; }
  // Height and slope (1/Hz) at an offset from the channel's centre in Hz.
  struct Point {
    double value = 0;
    double slope = 0;
  };
  [[nodiscard]] Point at(double offset) const;
  [[nodiscard]] double value(double offset) const { return at(offset).value; }
};

// A channel under test and a pump `offset_hz` above it, in fibre of these coefficients at the
// channel under test.
struct MixingPair {
  BandShape cut;
  BandShape pump;
  double offset_hz = 0;
  double beta2_s2_per_m = 0;
  double beta3_s3_per_m = 0;

  // Phase mismatch over the second frequency, per m and Hz, with the first `u` off the pump's
  // centre: 4 pi^2 d1 (beta2 + pi beta3 d1), d1 = offset + u. The second frequency's own share in
  // the beta3 term is left out; it is some 1e-4 of the whole and cancels over the band.
  [[nodiscard]] double mismatch_slope(double u) const;
};

// psi in m2 Hz2: integral over f1 in the pump's band and f2 in the cut's of both spectra, the
// pump's spectrum again at f1 + f2 - f_cut, and K(mismatch). arXiv:1710.02225 eq. 21, at the
// channel's centre. The inner integral is done by parts with C, so that only the spectra's edges
// are sampled.
[[nodiscard]] double whole_band_psi(const FwmEfficiency& efficiency, const MixingPair& pair);

// The same for a pump far away: K over the cut's band, taken as even, at the two edges of the
// pump's band alone and neither spectrum weighed. GNPy's rule for pumps beyond distant_pump_hz.
// Against the whole band it lies high by some 0.17 dB at a roll-off of 0.15.
[[nodiscard]] double two_line_psi(const FwmEfficiency& efficiency, const MixingPair& pair);

// Distance beyond which GNPy takes the two-line rule: five times 50 GHz at 32 GBd and
// 21.3 ps2/km, in inverse proportion to both.
[[nodiscard]] double distant_pump_hz(double beta2_s2_per_m, double pump_baud_hz);

}  // namespace caspilink::physics
