// A network made complete: what GNPy calls auto-design.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/design/light.h"
#include "link_models/design/network.h"
#include "link_models/result.h"

namespace caspilink::design {

struct DesignOptions {
  bool insert_missing = true;  // cut fibre, add amplifiers; gains and levels are set in any case
  Dbm reference;               // power per channel into spans
};

// Makes a network ready to carry light: fibre cut and amplifiers added where asked for, connector
// losses and padding, and every amplifier's type, gain, tilt and attenuators. `simulation` decides
// what designs of several bands know of scattering. kInvalidInput with the element's uid where
// nothing of the library will do. What a planner should know is added to `warnings`.
[[nodiscard]] Result<void> design(Network& network, const Equipment& equipment,
                                  const Simulation& simulation, const DesignOptions& options,
                                  std::vector<std::string>& warnings);

}  // namespace caspilink::design
