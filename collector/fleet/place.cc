#include "collector/fleet/place.h"

#include <algorithm>
#include <variant>

namespace caspilink::fleet {
namespace {

constexpr std::string_view kBooster = "booster";
constexpr std::string_view kPreamplifier = "preamplifier";
constexpr std::string_view kTransmitPump = "transmit";

bool on_route(const plant::Plant& plant, std::string_view element) {
  return std::ranges::any_of(plant.segments, [&](const plant::Segment& segment) {
    return std::ranges::any_of(segment.elements, [&](const plant::RouteElement& body) {
      return plant::name_of(body) == element;
    });
  });
}

}  // namespace

std::optional<Place> place_of(const plant::Plant& plant, std::string_view station,
                              const codec::MeasurementPoint& point) {
  const plant::Station* here = plant::find_station(plant, station);
  if (here == nullptr) return std::nullopt;
  const codec::QuantityInfo& info = codec::info(point.quantity);
  if (info.scope == codec::Scope::kModule) {
    return Place{.quantity = point.quantity,
                 .station = here->id,
                 .element = point.element,
                 .source = point.source};
  }
  if (info.scope == codec::Scope::kPowerFeed || info.scope == codec::Scope::kStation) {
    return Place{.quantity = point.quantity, .station = here->id, .element = point.element};
  }
  const plant::FibrePair* pair = plant::find_fibre_pair(plant, point.fibre_pair);
  if (pair == nullptr) return std::nullopt;
  Place place{.quantity = point.quantity, .station = here->id, .fibre_pair = pair->id};

  const auto departing = here == &plant.a() ? plant::Direction::kAToB : plant::Direction::kBToA;
  bool transmits = info.side == codec::Side::kTransmit;
  switch (info.scope) {
    case codec::Scope::kChannel: {
      const bool known = std::ranges::any_of(plant.channels, [&](const plant::Channel& channel) {
        return channel.number > 0 && static_cast<std::uint32_t>(channel.number) == point.channel;
      });
      if (!known) return std::nullopt;
      place.channel = point.channel;
      break;
    }
    case codec::Scope::kAmplifier:
      if (point.element != kBooster && point.element != kPreamplifier) return std::nullopt;
      place.element = point.element;
      transmits = point.element == kBooster;
      break;
    case codec::Scope::kPath: {
      const plant::Station& other = here == &plant.a() ? plant.b() : plant.a();
      if (point.peer != other.id) return std::nullopt;
      place.peer = other.id;
      return place;
    }
    case codec::Scope::kElement:
      if (!on_route(plant, point.element)) return std::nullopt;
      place.element = point.element;
      break;
    case codec::Scope::kPump:
      if (point.element.empty()) return std::nullopt;
      place.element = point.element;
      transmits = point.element.starts_with(kTransmitPump);
      break;
    case codec::Scope::kProtection:
      place.element = point.element;
      break;
    case codec::Scope::kLine:
    case codec::Scope::kModule:
    case codec::Scope::kPowerFeed:
    case codec::Scope::kStation:
      break;
  }
  place.direction = transmits ? departing : plant::opposite(departing);
  return place;
}

}  // namespace caspilink::fleet
