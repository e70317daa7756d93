// The models of interference that see scattering and Raman gain, behind the seam of nonlinear.h.
#pragma once

#include <string_view>
#include <vector>

#include "link_models/physics/nonlinear.h"

namespace caspilink::physics {

// The generalised GN integral (generalised_gn.h) over each run's real power profile, all channels,
// spectrally separated. Slow beside the closed forms and right where they are rough: pumped fibre,
// lumped losses, wide bands.
class GeneralisedGnModel : public NonlinearModel {
 public:
  explicit GeneralisedGnModel(std::vector<double> roll_off) : roll_off_(std::move(roll_off)) {}
  [[nodiscard]] std::string_view name() const override { return "generalised-gn"; }
  [[nodiscard]] Result<void> interference(const FibreRun& run, const SpectralState& input,
                                          const PowerEvolution* evolution,
                                          std::vector<double>& nli_w) override;

 private:
  std::vector<double> roll_off_;  // one a channel
};

// The closed form with scattering (isrs_gn.h), run by run. Coherently, the m-th run of a line adds
// what m alike runs have over m - 1, so that n of them come to the closed form's n^(1 + epsilon);
// where they are not alike each counts by its own epsilon. It knows scattering by the
// light's total power and nothing else of the profile: lumped losses do not lessen its NLI, and it
// does not apply to fibre with Raman pumps.
class IsrsGnModel : public NonlinearModel {
 public:
  explicit IsrsGnModel(bool coherent = false) : coherent_(coherent) {}
  [[nodiscard]] std::string_view name() const override {
    return coherent_ ? "isrs-gn-coherent" : "isrs-gn";
  }
  void begin_line() override { runs_ = 0; }
  [[nodiscard]] Result<void> interference(const FibreRun& run, const SpectralState& input,
                                          const PowerEvolution* evolution,
                                          std::vector<double>& nli_w) override;

 private:
  bool coherent_;
  int runs_ = 0;  // passed on this line
};

}  // namespace caspilink::physics
