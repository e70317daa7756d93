// The seam between propagation and the models of nonlinear interference (NLI).
#pragma once

#include <string_view>
#include <vector>

#include "link_models/physics/attenuation.h"
#include "link_models/physics/power_evolution.h"
#include "link_models/physics/spectral_state.h"
#include "link_models/plant/elements.h"
#include "link_models/result.h"

namespace caspilink::physics {

// Fibre of one type without an amplifier inside it, whatever spans it is spliced from. NLI belongs
// to the whole of it: that is why cutting a span in two changes nothing.
struct FibreRun {
  plant::FibreType fibre;
  PowerProfile profile;  // from the run's input, after the input loss of its first span

  friend bool operator==(const FibreRun&, const FibreRun&) = default;
};

// A model of NLI. Not safe for use from two threads at once: models keep what they computed for
// earlier runs.
class NonlinearModel {
 public:
  virtual ~NonlinearModel() = default;

  // Named in results, for example "gn-analytic".
  [[nodiscard]] virtual std::string_view name() const = 0;

  // Light begins a line: models that add interference up coherently forget the runs before.
  virtual void begin_line() {}

  // NLI in watts the run gives each channel, in the symbol-rate bandwidth and referred to the
  // run's input, for light that enters as `input`. `evolution` is how power runs along it where
  // more than the run's profile shapes it (Raman gain, scattering, attenuation over frequency),
  // else null. `nli_w` comes with one entry a channel.
  [[nodiscard]] virtual Result<void> interference(const FibreRun& run, const SpectralState& input,
                                                  const PowerEvolution* evolution,
                                                  std::vector<double>& nli_w) = 0;
};

// Moves NLI power out of what carries it: signal, ASE and earlier NLI of a channel shrink alike so
// that its total stays. `nli_w` is at most the channel's total.
void deplete(SpectralState& state, const std::vector<double>& nli_w);

}  // namespace caspilink::physics
