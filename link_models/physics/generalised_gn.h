// The generalised GN model: NLI integrated over the real power profile, channel by channel.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "link_models/physics/band_overlap.h"
#include "link_models/physics/fwm_efficiency.h"
#include "link_models/physics/power_evolution.h"
#include "link_models/result.h"

namespace caspilink::physics {

// One entry a channel, in any order of frequency.
struct GeneralisedGnInput {
  std::span<const double> frequency_hz;
  std::span<const double> baud_rate_hz;
  std::span<const double> roll_off;        // of the power spectrum, [0, 1]
  std::span<const double> beta2_s2_per_m;  // at the channel, not 0
  std::span<const double> beta3_s3_per_m;  // at the channel; fitted_beta3 where only beta2 is known
  std::span<const double> gamma_per_w_m;   // at the channel
  // Along the fibre, from its input; the power at z = 0 is the channel's whole launch power.
  const PowerEvolution* profile = nullptr;
};

enum class GeneralisedGnForm {
  // arXiv:1710.02225 eq. 21: near pumps over the whole band, distant ones by two lines. GNPy's
  // ggn_spectrally_separated, to its own integration error.
  kSpectrallySeparated,
  // Every pump over the whole band: the integral that the former approximates.
  kWholeBand,
  // Other channels by eq. 25 of J. Lightwave Technol. 40, 3499 (2022), which GNPy calls ggn_approx.
  kApproximate,
};

class GeneralisedGn {
 public:
  // Tabulates the mixing efficiency of every channel with light. kInvalidInput where sizes do not
  // match, a beta2 is 0 or a figure is out of range. Keeps no reference to the input.
  [[nodiscard]] static Result<GeneralisedGn> prepare(const GeneralisedGnInput& input,
                                                     GeneralisedGnForm form);

  // NLI of one channel in watts within its symbol rate, referred to the fibre's input. Channels do
  // not depend on one another: calls may run in several threads at once, and the result is the same
  // to the last bit however they are shared out.
  [[nodiscard]] double nli_w(std::size_t channel) const;

  [[nodiscard]] std::size_t size() const { return channels_.size(); }

 private:
  struct Channel {
    double frequency_hz = 0;
    BandShape shape;
    double beta2 = 0;
    double beta3 = 0;
    double gamma = 0;
    double power_w = 0;
    double build_up_m = 0;  // of the approximate form: (sum of |dp| / sqrt |d ln p/dz|)^2
  };

  GeneralisedGn() = default;
  [[nodiscard]] double psi(std::size_t cut, std::size_t pump) const;

  GeneralisedGnForm form_ = GeneralisedGnForm::kSpectrallySeparated;
  std::vector<Channel> channels_;
  std::vector<FwmEfficiency> efficiency_;
};

// NLI of every channel, one after another in this thread.
[[nodiscard]] Result<std::vector<double>> generalised_gn(const GeneralisedGnInput& input,
                                                         GeneralisedGnForm form);

// NLI of every channel from some: those of `computed` (indices, ascending in frequency, at least
// one) exactly, their spectral density drawn straight between and level beyond them.
[[nodiscard]] Result<std::vector<double>> generalised_gn_at(const GeneralisedGnInput& input,
                                                            GeneralisedGnForm form,
                                                            std::span<const std::size_t> computed);

// beta3 at each channel as the slope of a parabola through beta2 over frequency, / 2 pi; of a line
// for two channels and 0 for one.
[[nodiscard]] std::vector<double> fitted_beta3(std::span<const double> frequency_hz,
                                               std::span<const double> beta2_s2_per_m);

}  // namespace caspilink::physics
