// Where on the plant a measurement point is: what the agent says about its equipment, brought
// together with what the plant knows. Two names for the same equipment are the same place.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "link_models/plant/plant.h"
#include "proto/codec/observation.h"

namespace caspilink::fleet {

// Empty text, 0 and no direction: does not apply.
struct Place {
  codec::Quantity quantity{};
  std::string station;  // whose agent reports it
  std::string fibre_pair;
  std::optional<plant::Direction> direction;  // of the light that is measured
  std::uint32_t channel = 0;
  std::string element;
  std::string peer;
  std::string source;  // of pluggable modules, which the plant does not know

  friend bool operator==(const Place&, const Place&) = default;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// Nothing where the plant has no such fibre pair or channel, the element is neither a terminal
// amplifier nor a body of the route where it must be one, or the peer is not the other station:
// such a point cannot be judged.
[[nodiscard]] std::optional<Place> place_of(const plant::Plant& plant, std::string_view station,
                                            const codec::MeasurementPoint& point);

}  // namespace caspilink::fleet
