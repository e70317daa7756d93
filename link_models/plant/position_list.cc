#include "link_models/plant/position_list.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace caspilink::plant {
namespace {

constexpr double kDeepestSea_m = 11'000;

bool within(double value, double least, double most) {
  return std::isfinite(value) && value >= least && value <= most;
}

}  // namespace

Result<PositionList> PositionList::of(std::vector<RoutePosition> positions) {
  if (positions.size() < 2) {
    return fail(ErrorCode::kInvalidInput, "", "expected two positions or more");
  }
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const RoutePosition& one = positions[i];
    const std::string where = fmt::format("position {}", i + 1);
    if (!std::isfinite(one.cable.value()) ||
        (i > 0 && one.cable.value() <= positions[i - 1].cable.value())) {
      return fail(ErrorCode::kInvalidInput, where, "expected a distance beyond the one before");
    }
    if (!within(one.latitude_deg, -90, 90) || !within(one.longitude_deg, -180, 180)) {
      return fail(ErrorCode::kInvalidInput, where,
                  "expected a latitude of -90 to 90 and a longitude of -180 to 180 degrees");
    }
    if (one.depth_m && !within(*one.depth_m, -100, kDeepestSea_m)) {
      return fail(ErrorCode::kInvalidInput, where, "expected a depth of -100 to 11000 m");
    }
  }
  return PositionList(std::move(positions));
}

std::optional<RoutePosition> PositionList::at(Kilometers cable) const {
  if (!(cable.value() >= positions_.front().cable.value() &&
        cable.value() <= positions_.back().cable.value())) {
    return std::nullopt;
  }
  const auto after = std::ranges::lower_bound(
      positions_, cable.value(), {}, [](const RoutePosition& one) { return one.cable.value(); });
  if (after == positions_.begin()) return *after;
  const RoutePosition& from = *std::prev(after);
  const RoutePosition& to = *after;
  const double part = (cable - from.cable).value() / (to.cable - from.cable).value();
  const auto between = [part](double a, double b) { return a + part * (b - a); };
  RoutePosition found{.cable = cable,
                      .latitude_deg = between(from.latitude_deg, to.latitude_deg),
                      .longitude_deg = between(from.longitude_deg, to.longitude_deg)};
  // No cable crosses the antimeridian unseen: the shorter way round.
  const double turn = to.longitude_deg - from.longitude_deg;
  if (std::abs(turn) > 180) {
    found.longitude_deg = from.longitude_deg + part * (turn > 0 ? turn - 360 : turn + 360);
    if (found.longitude_deg > 180) found.longitude_deg -= 360;
    if (found.longitude_deg < -180) found.longitude_deg += 360;
  }
  if (from.depth_m && to.depth_m) found.depth_m = between(*from.depth_m, *to.depth_m);
  return found;
}

std::optional<RoutePosition> position_on(const LaidRoute& route, Kilometers line) {
  return route.list.at(cable_of_optical(line, route.fibre_excess));
}

std::string to_string(const RoutePosition& position, bool illustrative) {
  std::string text =
      fmt::format("{:.4f} {}, {:.4f} {}", std::abs(position.latitude_deg),
                  position.latitude_deg < 0 ? 'S' : 'N', std::abs(position.longitude_deg),
                  position.longitude_deg < 0 ? 'W' : 'E');
  if (position.depth_m) text += fmt::format(", {:.0f} m deep", *position.depth_m);
  if (illustrative) text += " (illustrative route)";
  return text;
}

}  // namespace caspilink::plant
