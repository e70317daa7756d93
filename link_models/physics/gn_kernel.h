// The factor of eq. 120 that does not depend on powers, for fibre whose figures may differ from
// channel to channel.
#pragma once

#include <span>
#include <vector>

namespace caspilink::physics {

// One entry a channel. Requires attenuation above 0 and beta2 other than 0.
struct GnKernelInput {
  std::span<const double> frequency_hz;
  std::span<const double> baud_rate_hz;
  std::span<const double> asymptotic_length_m;  // 1 / attenuation, as the interferer sees it
  std::span<const double> effective_length_m;   // likewise
  std::span<const double> beta2_s2_per_m;       // between two channels their mean counts
  std::span<const double> gamma_per_w_m;
};

// gamma_i^2 w_ik psi_ik / B_k^2 of Poggiolini et al., arXiv:1209.0394, eq. 120, in 1/W^2: n x n, a
// row for each interferer k. NLI of channel i is P_i times the sum over k of this times P_k^2.
[[nodiscard]] std::vector<double> gn_kernel(const GnKernelInput& input);

// That sum. power_w holds each channel's whole power; nli_w has one entry a channel.
void gn_interference(const std::vector<double>& kernel, std::span<const double> power_w,
                     std::vector<double>& nli_w);

}  // namespace caspilink::physics
