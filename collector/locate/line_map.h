// Where the bodies and spans of a plant lie, in kilometres from station a.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/budget/power_feed_fault.h"
#include "link_models/plant/plant.h"

namespace caspilink::locate {

struct Stretch {
  double from_km = 0;
  double to_km = 0;

  [[nodiscard]] double middle_km() const { return (from_km + to_km) / 2; }
  [[nodiscard]] double half_width_km() const { return (to_km - from_km) / 2; }

  friend bool operator==(const Stretch&, const Stretch&) = default;
};

struct Body {
  std::string name;  // "S3", "R2"
  bool repeater = false;
  Stretch stretch;  // of no width for all but spans
};

class LineMap {
 public:
  explicit LineMap(const plant::Plant& plant);

  [[nodiscard]] double length_km() const { return length_km_; }
  // Nothing for a plant that states no power feed, or has land in its route: then kilometres of the
  // line are not those of the conductor.
  [[nodiscard]] const std::optional<budget::FeedPath>& feed() const { return feed_; }
  [[nodiscard]] const std::vector<Body>& bodies() const { return bodies_; }  // from a to b
  // Null where there is none of that name.
  [[nodiscard]] const Body* find(std::string_view name) const;
  // The span a place is in, or the body at it; empty beyond the ends.
  [[nodiscard]] std::string_view element_at(double km) const;

 private:
  std::vector<Body> bodies_;
  double length_km_ = 0;
  std::optional<budget::FeedPath> feed_;
};

}  // namespace caspilink::locate
