#include "collector/performance/places.h"

namespace caspilink::performance {

store::PlaceName name_of(const fleet::Place& place) {
  return {.quantity = std::string(codec::info(place.quantity).name),
          .station = place.station,
          .fibre_pair = place.fibre_pair,
          .direction = place.direction ? std::string(plant::to_string(*place.direction)) : "",
          .channel = place.channel,
          .element = place.element,
          .peer = place.peer,
          .source = place.source};
}

Places::Places(std::shared_ptr<const plant::Plant> plant, std::size_t most)
    : plant_(std::move(plant)), most_(most) {}

std::optional<std::uint32_t> Places::number(const std::string& station,
                                            const codec::MeasurementPoint& point) {
  const auto place = fleet::place_of(*plant_, station, point);
  if (!place) return std::nullopt;
  store::PlaceName name = name_of(*place);
  if (const auto found = numbers_.find(name); found != numbers_.end()) return found->second;
  if (names_.size() == most_) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(names_.size());
  PlaceKind kind{.quantity = place->quantity, .path = {}};
  const codec::QuantityInfo& info = codec::info(place->quantity);
  if (info.scope == codec::Scope::kChannel && info.side == codec::Side::kReceive) {
    const auto [path, is_new] =
        path_numbers_.try_emplace(PathName{name.fibre_pair, name.direction, name.channel},
                                  static_cast<std::uint32_t>(paths_.size()));
    if (is_new) paths_.push_back(path->first);
    kind.path = path->second;
  }
  names_.push_back(name);
  kinds_.push_back(kind);
  numbers_.emplace(std::move(name), number);
  return number;
}

}  // namespace caspilink::performance
