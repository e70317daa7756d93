#include "collector/locate/line_map.h"

#include <algorithm>
#include <variant>

namespace caspilink::locate {

LineMap::LineMap(const plant::Plant& plant) {
  for (const plant::Segment& segment : plant.segments) {
    for (const plant::RouteElement& element : segment.elements) {
      const double at = length_km_;
      if (const auto* span = std::get_if<plant::Span>(&element)) length_km_ += span->length.value();
      bodies_.push_back({.name = plant::name_of(element),
                         .repeater = std::holds_alternative<plant::Repeater>(element),
                         .stretch = {at, length_km_}});
    }
  }
}

const Body* LineMap::find(std::string_view name) const {
  const auto found = std::ranges::find(bodies_, name, &Body::name);
  return found == bodies_.end() ? nullptr : &*found;
}

std::string_view LineMap::element_at(double km) const {
  for (const Body& body : bodies_) {
    if (km >= body.stretch.from_km && km <= body.stretch.to_km) return body.name;
  }
  return {};
}

}  // namespace caspilink::locate
