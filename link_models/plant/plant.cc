#include "link_models/plant/plant.h"

#include <algorithm>

namespace caspilink::plant {
namespace {

template <typename Items, typename Match>
auto find_pointer(const Items& items, Match match) -> const typename Items::value_type* {
  const auto found = std::find_if(items.begin(), items.end(), match);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const std::string& name_of(const RouteElement& element) {
  return std::visit(
      [](const auto& body) -> const std::string& {
        if constexpr (requires { body.ropa; }) {
          return body.ropa.name;
        } else if constexpr (requires { body.towards_b; }) {
          return body.towards_b.name;
        } else {
          return body.name;
        }
      },
      element);
}

Kilometers length_of(const Plant& plant) {
  Kilometers length;
  for (const Segment& segment : plant.segments) {
    for (const RouteElement& element : segment.elements) {
      if (const auto* span = std::get_if<Span>(&element)) length += span->length;
    }
  }
  return length;
}

std::optional<RoutePosition> position_of(const Plant& plant, Kilometers from_a) {
  return plant.laid_route ? position_on(*plant.laid_route, from_a) : std::nullopt;
}

const FibrePair* find_fibre_pair(const Plant& plant, std::string_view id) {
  return find_pointer(plant.fibre_pairs, [&](const FibrePair& pair) { return pair.id == id; });
}

const Station* find_station(const Plant& plant, std::string_view id) {
  return find_pointer(plant.stations, [&](const Station& station) { return station.id == id; });
}

const TransceiverMode* find_mode(const Plant& plant, std::string_view name) {
  return find_pointer(plant.modes, [&](const TransceiverMode& mode) { return mode.name == name; });
}

const Station& sender(const Plant& plant, Direction direction) {
  return direction == Direction::kAToB ? plant.a() : plant.b();
}

const Station& receiver(const Plant& plant, Direction direction) {
  return sender(plant, opposite(direction));
}

}  // namespace caspilink::plant
