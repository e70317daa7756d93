// Light from element to element: the one place that knows what each kind of element does.
#pragma once

#include <vector>

#include "link_models/physics/nonlinear.h"
#include "link_models/physics/spectral_state.h"
#include "link_models/plant/elements.h"
#include "link_models/plant/light_model.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::budget {

// The state where the receiving terminal takes over and where its transceivers stand.
struct Propagated {
  physics::SpectralState line_input;
  physics::SpectralState transceiver;
  Kilometers length;
  Milliwatts line_output_power;  // total, where the sending terminal hands over to the line
  // Total power before the first element and after each.
  std::vector<Milliwatts> total_power;
  // Distance from the sending end after each element.
  std::vector<Kilometers> distance;
  // Where asked for: the light before the first element and after each.
  std::vector<physics::SpectralState> states;
};

// Sends the channels, at their launch powers, through the elements in order. At least one of them
// is a span. A booster that comes first is given light by which its gain makes the launch powers.
// Fails where pumps, ROPAs or the model of interference do: see fibre_light.h, nonlinear.h.
[[nodiscard]] Result<Propagated> propagate(const std::vector<plant::Element>& elements,
                                           const std::vector<plant::Channel>& channels,
                                           const plant::LightModel& light_model,
                                           physics::NonlinearModel& model, bool states = false);

}  // namespace caspilink::budget
