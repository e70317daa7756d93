// The GN model in its incoherent closed form, channel by channel.
#pragma once

#include <string_view>
#include <vector>

#include "link_models/physics/nonlinear.h"

namespace caspilink::physics {

// Poggiolini et al., arXiv:1209.0394, eq. 120:
//   P_NLI,i = gamma_i^2 sum_k w_ik psi_ik P_i P_k^2 / B_k^2,  w = 16/27 for i = k, else 32/27,
// with the run's effective length taken over its real profile, lumped losses included; where an
// evolution is given, each pump channel's own: L_eff,k = integral of P_k(z) / P_k(0).
// Agrees with GNPy's gn_model_analytic to rounding where no loss is lumped and none is given.
class GnAnalytic : public NonlinearModel {
 public:
  explicit GnAnalytic(std::string_view name = "gn-analytic") : name_(name) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Result<void> interference(const FibreRun& run, const SpectralState& input,
                                          const PowerEvolution* evolution,
                                          std::vector<double>& nli_w) override;

 private:
  // Everything but the powers, n x n, a row a pump; identical runs share one.
  struct Kernel {
    FibreRun run;
    std::vector<double> per_w2;
    double effective_length_m = 0;  // that they hold
  };

  const Kernel& kernel_for(const FibreRun& run, const SpectralState& input);

  std::string_view name_;             // a literal
  std::vector<double> frequency_hz_;  // the spectrum the kernels are for
  std::vector<double> baud_rate_hz_;
  std::vector<Kernel> kernels_;
  std::vector<double> power_w_;  // kept to save an allocation
};

}  // namespace caspilink::physics
