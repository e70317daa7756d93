// The plant's route as a line of kilometres from station a: what is drawn where.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/plant/plant.h"

namespace caspilink::page {

// A span, or a body at one place.
struct RouteStop {
  std::string name;
  std::string kind;  // "span", "repeater", "in-line amplifier", "ropa", "roadm"
  double from_km = 0;
  double to_km = 0;                             // equal to from_km for a body
  std::optional<plant::Direction> direction{};  // of a ROPA, which works on one fibre
};

class Route {
 public:
  explicit Route(const plant::Plant& plant);

  [[nodiscard]] const std::vector<RouteStop>& stops() const { return stops_; }
  [[nodiscard]] double length_km() const { return length_km_; }
  // nullptr where the route has nothing of that name.
  [[nodiscard]] const RouteStop* find(std::string_view name) const;

 private:
  std::vector<RouteStop> stops_;
  double length_km_ = 0;
};

}  // namespace caspilink::page
