// The pump light a ROPA works with: what the fibre leaves of it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "link_models/budget/fibre_light.h"
#include "link_models/physics/spectral_state.h"
#include "link_models/plant/elements.h"
#include "link_models/result.h"

namespace caspilink::budget {

// Sum of the pumps that the ROPA's erbium takes.
[[nodiscard]] Milliwatts in_band(const std::vector<FibreLight::Leftover>& pumps,
                                 const plant::RopaPumping& pumping);

// Pump that a fibre of its own brings from the terminal to the ROPA at elements[at]: it is as long
// and of the same type as the line's, without the line's lumped losses. Requires pump_fibre.
[[nodiscard]] Milliwatts through_pump_fibre(const std::vector<plant::Element>& elements,
                                            std::size_t at, const plant::RopaPumping& pumping);

struct MatchedPump {
  physics::SpectralState amplified;  // light behind the ROPA
  std::optional<FibreLight> light;   // of the run behind it
};

// Pump that comes against the signals through the run behind the ROPA. What arrives depends on the
// signals it feeds on its way, and they on the ROPA: both are brought to agree within 0.0005 dB of
// pump. kNotConverged where they do not.
[[nodiscard]] Result<MatchedPump> match_pump_behind(const std::vector<plant::Element>& elements,
                                                    std::size_t at,
                                                    const plant::RopaPumping& pumping,
                                                    const physics::SpectralState& arriving,
                                                    bool scattering);

}  // namespace caspilink::budget
