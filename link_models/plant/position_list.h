// Route position list: where on the sea bed a distance along the cable is. Positions are as the
// cable layer gives them; between two of them the cable is taken as straight, which for legs of a
// few kilometres is true within metres.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::plant {

struct RoutePosition {
  Kilometers cable;      // from station a along the cable, slack included
  double latitude_deg;   // north positive, WGS 84
  double longitude_deg;  // east positive
  std::optional<double> depth_m{};

  friend bool operator==(const RoutePosition&, const RoutePosition&) = default;
};

class PositionList {
 public:
  // kInvalidInput unless there are two or more, at rising distances, with coordinates and depths
  // that can be; `where` names the offending one by its index from 1.
  [[nodiscard]] static Result<PositionList> of(std::vector<RoutePosition> positions);

  // Nothing beyond its ends.
  [[nodiscard]] std::optional<RoutePosition> at(Kilometers cable) const;

  [[nodiscard]] const std::vector<RoutePosition>& positions() const { return positions_; }

  friend bool operator==(const PositionList&, const PositionList&) = default;

 private:
  explicit PositionList(std::vector<RoutePosition> positions) : positions_(std::move(positions)) {}

  std::vector<RoutePosition> positions_;
};

// Fibre is longer than the cable it lies in, by `excess` of the cable's length (0.003: 3 per
// mille). An OTDR measures fibre. Requires excess > -1.
[[nodiscard]] constexpr Kilometers cable_of_optical(Kilometers optical, double excess) {
  return Kilometers(optical.value() / (1 + excess));
}

// Where the cable of a plant lies.
struct LaidRoute {
  PositionList list;
  double fibre_excess = 0;    // as cable_of_optical takes it
  bool illustrative = false;  // a drawing, not a survey: no ship is sent by it

  friend bool operator==(const LaidRoute&, const LaidRoute&) = default;
};

// The position at a distance along the line, which counts fibre. Nothing beyond the list's ends.
[[nodiscard]] std::optional<RoutePosition> position_on(const LaidRoute& route, Kilometers line);

// "42.0645 N, 50.5745 E, 588 m deep (illustrative route)"; four decimals of a degree are 11 m.
[[nodiscard]] std::string to_string(const RoutePosition& position, bool illustrative);

}  // namespace caspilink::plant
