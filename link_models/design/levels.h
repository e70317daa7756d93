// Gains, levels and attenuators of every amplifier, one multiplex section after another.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/design/network.h"
#include "link_models/design/spans.h"
#include "link_models/result.h"

namespace caspilink::design {

struct FibreEstimates {
  RamanGainEstimate raman_gain;
  TransmissionEstimate transmission;
};

// Sets the amplifiers from each ROADM and transceiver to the next. In power mode each aims at the
// level the next span wants: the reference plus a share of its loss over the reference loss
// (J.-L. Auge, V. Curri, E. Le Rouzic, "Open design for multi-vendor optical networks", OFC 2019,
// eq. 4); in gain mode stated gains are kept and the rest made up. Types are chosen where none is
// stated. Requires the design bands. What a planner should know is added to `warnings`.
[[nodiscard]] Result<void> set_levels(Network& network, const Equipment& equipment, Dbm reference,
                                      const FibreEstimates& estimates,
                                      std::vector<std::string>& warnings);

}  // namespace caspilink::design
