// What a fibre is to each of the channels in it.
#pragma once

#include <vector>

#include "link_models/design/network.h"
#include "link_models/result.h"

namespace caspilink::design {

// One entry a frequency.
struct FibreOptics {
  std::vector<double> alpha_per_m;  // of power
  std::vector<double> beta2_s2_per_m;
  std::vector<double> gamma_per_w_m;
  std::vector<double> dispersion_ps_per_nm;  // accumulated over the fibre
};

// kInvalidInput where a frequency lies outside the fibre's tables of loss or dispersion.
//
// A single dispersion figure holds at the reference frequency and keeps beta2 constant; with a
// slope, D runs straight over wavelength. gamma follows the mode radius of a step-index fibre with
// the stated area (see effective_area_m2) and n2 = 2.6e-20 m2/W. Accumulated dispersion is
// referred to the reference frequency, as GNPy 2.14 takes it.
[[nodiscard]] Result<FibreOptics> optics_of(const Fibre& fibre,
                                            const std::vector<double>& frequency_hz);

// Power attenuation at each frequency; as above.
[[nodiscard]] Result<std::vector<double>> attenuation_of(const Fibre& fibre,
                                                         const std::vector<double>& frequency_hz);

// One way through the fibre, with a group index of 1.468.
[[nodiscard]] double latency_s(const Fibre& fibre);

}  // namespace caspilink::design
