#include "link_models/design/design.h"

#include "link_models/design/bands.h"
#include "link_models/design/fibre_light.h"
#include "link_models/design/levels.h"
#include "link_models/design/spans.h"

namespace caspilink::design {

Result<void> design(Network& network, const Equipment& equipment, const Simulation& simulation,
                    const DesignOptions& options, std::vector<std::string>& warnings) {
  FibreModels fibres(simulation);
  FibreEstimates estimates;
  estimates.raman_gain = [&](const Fibre& fibre, Dbm power) {
    return FibreModels::raman_gain(fibre, equipment.spectrum, power);
  };
  estimates.transmission = [&](const Fibre& fibre, const std::vector<double>& frequency_hz,
                               const std::vector<double>& power_w) {
    return fibres.transmission(fibre, frequency_hz, power_w);
  };
  if (options.insert_missing) {
    if (auto done = insert_missing(network, equipment); !done) return done;
  }
  auto done = complete_spans(network, equipment, options.reference, estimates.raman_gain);
  if (!done) return done;
  done = set_design_bands(network, equipment);
  if (!done) return done;
  return set_levels(network, equipment, options.reference, estimates, warnings);
}

}  // namespace caspilink::design
