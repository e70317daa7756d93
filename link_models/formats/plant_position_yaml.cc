#include "link_models/formats/plant_position_yaml.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace caspilink::formats {
namespace {

// What lists and budgets of one cable may differ by.
constexpr double kLengthTolerance = 0.01;
constexpr double kDeepestSea_m = 11'000;

plant::RoutePosition read_position(YamlMap& map) {
  plant::RoutePosition position{
      .cable = Kilometers(map.number("cable_km", {.at_least = 0, .at_most = 50'000})),
      .latitude_deg = map.number("latitude_deg", {.at_least = -90, .at_most = 90}),
      .longitude_deg = map.number("longitude_deg", {.at_least = -180, .at_most = 180})};
  // Beaches and backhaul lie above the sea.
  position.depth_m = map.optional_number("depth_m", {.at_least = -100, .at_most = kDeepestSea_m});
  return position;
}

}  // namespace

std::optional<plant::LaidRoute> read_position_list(YamlMap map, Kilometers line) {
  const bool illustrative = map.choice("origin", {"surveyed", "illustrative"}) == "illustrative";
  const double excess = map.number_or("fibre_excess", 0, {.at_least = 0, .at_most = 0.1});
  const Kilometers longest = plant::cable_of_optical(line, excess) * (1 + kLengthTolerance);
  std::vector<plant::RoutePosition> positions;
  for (YamlMap& entry : map.maps("positions")) {
    const plant::RoutePosition position = read_position(entry);
    if (!positions.empty() && position.cable <= positions.back().cable) {
      entry.problem("cable_km",
                    fmt::format("expected more than the {} km before it, got {} km",
                                positions.back().cable.value(), position.cable.value()));
    }
    if (position.cable > longest) {
      entry.problem("cable_km",
                    fmt::format("expected at most the plant's {:.3f} km of cable, got {} km",
                                longest.value() / (1 + kLengthTolerance), position.cable.value()));
    }
    positions.push_back(position);
  }
  auto list = plant::PositionList::of(std::move(positions));
  if (!list) {
    map.problem("positions", list.error().detail);
    return std::nullopt;
  }
  return plant::LaidRoute{
      .list = std::move(*list), .fibre_excess = excess, .illustrative = illustrative};
}

}  // namespace caspilink::formats
