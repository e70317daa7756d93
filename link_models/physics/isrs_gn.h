// The GN model in closed form with scattering between channels: NLI without a profile or a grid.
#pragma once

#include <span>
#include <vector>

#include "link_models/result.h"

namespace caspilink::physics {

// A row of alike spans of one fibre, each opened by the same light.
struct IsrsGnFibre {
  double alpha_per_m = 0;      // power attenuation at the reference frequency, > 0
  double alpha_bar_per_m = 0;  // of the fit to the scattered profile; alpha where nothing is fitted
  double beta2_s2_per_m = 0;   // at the reference frequency
  double beta3_s3_per_m = 0;
  double gamma_per_w_m = 0;
  double raman_slope_per_w_m_hz =
      0;  // C_r: gain per offset, taken as straight; 0 without scattering
  double span_length_m = 0;
  int spans = 1;
  // Whether NLI of a channel on itself adds in phase from span to span: spans^(1 + epsilon).
  bool coherent = true;
};

// One entry a channel.
struct IsrsGnLight {
  std::span<const double> offset_hz;     // from the reference frequency, mid-band; no two alike
  std::span<const double> bandwidth_hz;  // symbol rate
  std::span<const double> power_w;       // > 0
};

// NLI over power cubed in 1/W2, P_NLI,i = eta_i P_i^3, after all spans and referred to a span's
// input. Semrau, Killey, Bayvel, arXiv:1808.07940; holds up to some 15 THz of band and spans of
// many effective lengths. kInvalidInput for sizes that do not match and figures out of range.
[[nodiscard]] Result<std::vector<double>> isrs_gn_efficiency(const IsrsGnFibre& fibre,
                                                             const IsrsGnLight& light);

}  // namespace caspilink::physics
