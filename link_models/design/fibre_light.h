// Light through one fibre: loss, scattering, noise and interference, by the models asked for.
#pragma once

#include <vector>

#include "link_models/design/fibre_optics.h"
#include "link_models/design/light.h"
#include "link_models/design/network.h"
#include "link_models/physics/spectral_state.h"
#include "link_models/result.h"

namespace caspilink::design {

// One entry a channel.
struct FibreEffect {
  std::vector<double> transmission;          // power out over power in, connectors left out
  std::vector<double> ase_w;                 // of Raman gain, as if it came in with the light
  std::vector<double> nli_w;                 // likewise
  std::vector<double> dispersion_ps_per_nm;  // accumulated
};

// Not for use from two threads at once: what identical fibres have in common is kept.
class FibreModels {
 public:
  explicit FibreModels(Simulation simulation) : simulation_(std::move(simulation)) {}

  // `input` is the light inside the fibre's beginning. Where `simulation` asks for scattering,
  // power moves between channels and Raman pumps; the closed form of interference takes no account
  // of that, nor of lumped losses (as GNPy's gn_model_analytic), the generalised ones do.
  // kInvalidInput for channels outside the fibre's tables, kNotConverged for pumps without a
  // solution.
  [[nodiscard]] Result<FibreEffect> through(const Fibre& fibre, const physics::SpectralState& input,
                                            const std::vector<double>& roll_off);

  // Power out over power in alone.
  [[nodiscard]] Result<std::vector<double>> transmission(const Fibre& fibre,
                                                         const std::vector<double>& frequency_hz,
                                                         const std::vector<double>& power_w);

  // Gain the fibre's pumps give a band filled three times as wide as designs do, with as many
  // times the power: close enough to set amplifiers by.
  [[nodiscard]] static Result<Db> raman_gain(const Fibre& fibre, const ReferenceSpectrum& band,
                                             Dbm channel_power);

  [[nodiscard]] const Simulation& simulation() const { return simulation_; }

 private:
  struct Known {
    Fibre fibre;
    std::vector<double> frequency_hz;
    std::vector<double> baud_rate_hz;
    FibreOptics optics;
    std::vector<double> gn_kernel;  // empty until asked for
  };

  Result<Known*> known(const Fibre& fibre, const std::vector<double>& frequency_hz,
                       const std::vector<double>& baud_rate_hz);

  Simulation simulation_;
  std::vector<Known> known_;
};

}  // namespace caspilink::design
