#include "link_models/physics/gn_analytic.h"

#include <algorithm>
#include <utility>

#include "link_models/physics/dispersion.h"
#include "link_models/physics/fibre_nonlinearity.h"
#include "link_models/physics/gn_kernel.h"

namespace caspilink::physics {

const GnAnalytic::Kernel& GnAnalytic::kernel_for(const FibreRun& run, const SpectralState& input) {
  if (frequency_hz_ != input.frequency_hz || baud_rate_hz_ != input.baud_rate_hz) {
    kernels_.clear();
    frequency_hz_ = input.frequency_hz;
    baud_rate_hz_ = input.baud_rate_hz;
  }
  const auto known = std::find_if(kernels_.begin(), kernels_.end(),
                                  [&](const Kernel& kernel) { return kernel.run == run; });
  if (known != kernels_.end()) return *known;

  const std::size_t n = input.size();
  const std::vector<double> asymptotic(n, 1 / power_attenuation_per_m(run.fibre.attenuation));
  const std::vector<double> effective(n, effective_length_m(run.profile));
  std::vector<double> beta2;
  std::vector<double> gamma;
  for (const double frequency : input.frequency_hz) {
    beta2.push_back(beta2_s2_per_m(run.fibre, Hertz(frequency)));
    gamma.push_back(nonlinear_coefficient_per_w_m(run.fibre, Hertz(frequency)));
  }
  kernels_.push_back(
      {run,
       gn_kernel({input.frequency_hz, input.baud_rate_hz, asymptotic, effective, beta2, gamma}),
       effective.front()});
  return kernels_.back();
}

Result<void> GnAnalytic::interference(const FibreRun& run, const SpectralState& input,
                                      const PowerEvolution* evolution, std::vector<double>& nli_w) {
  const Kernel& kernel = kernel_for(run, input);
  power_w_.resize(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) {
    power_w_[i] = input.signal_w[i] + input.ase_w[i] + input.nli_w[i];
  }
  if (evolution == nullptr) {
    gn_interference(kernel.per_w2, power_w_, nli_w);
    return {};
  }
  // An interferer counts by its own effective length, squared like its power.
  std::vector<double> longer(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) {
    longer[i] = evolution->effective_length_m(i) / kernel.effective_length_m;
    power_w_[i] *= longer[i];
  }
  gn_interference(kernel.per_w2, power_w_, nli_w);
  for (std::size_t i = 0; i < input.size(); ++i) {
    nli_w[i] = longer[i] > 0 ? nli_w[i] / longer[i] : 0;
  }
  return {};
}

}  // namespace caspilink::physics
