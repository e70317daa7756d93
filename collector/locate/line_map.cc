#include "collector/locate/line_map.h"

#include <algorithm>
#include <variant>

namespace caspilink::locate {

namespace {

std::optional<budget::FeedPath> feed_of(const plant::Plant& plant, const std::vector<Body>& bodies,
                                        double length_km) {
  const bool all_at_sea = std::ranges::all_of(plant.segments, [](const plant::Segment& segment) {
    return segment.kind == plant::Segment::Kind::kSubmarine;
  });
  if (!plant.power_feed || !all_at_sea) return std::nullopt;
  budget::FeedPath path{
      .length = Kilometers(length_km),
      .resistance_ohm_per_km = plant.power_feed->resistance.value(),
      .repeater_v = plant.power_feed->repeater_voltage.value(),
      .earth_potential_sigma_v = plant.power_feed->earth_potential_uncertainty.value()};
  for (const Body& body : bodies) {
    if (body.repeater) path.repeaters.emplace_back(body.stretch.from_km);
  }
  return path;
}

}  // namespace

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
  feed_ = feed_of(plant, bodies_, length_km_);
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
