#include "collector/locate/evidence.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace caspilink::locate {

std::optional<Finding> by_repeaters(const LineMap& map,
                                    const std::vector<alarms::EquipmentReading>& readings,
                                    const std::string& fibre_pair, plant::Direction direction) {
  // Light comes from one side, so those that still have it are nearer to that side.
  const bool forward = direction == plant::Direction::kAToB;
  const Body* last_lit = nullptr;
  const Body* first_dark = nullptr;
  const auto further = [forward](const Body& one, const Body& other) {
    return forward ? one.stretch.from_km > other.stretch.from_km
                   : one.stretch.from_km < other.stretch.from_km;
  };
  for (const alarms::EquipmentReading& reading : readings) {
    if (reading.place.quantity != codec::Quantity::kRepeaterInputPower ||
        reading.place.fibre_pair != fibre_pair || reading.place.direction != direction) {
      continue;
    }
    const Body* body = map.find(reading.place.element);
    if (body == nullptr || !body->repeater) continue;
    if (reading.no_light) {
      if (first_dark == nullptr || further(*first_dark, *body)) first_dark = body;
    } else if (last_lit == nullptr || further(*body, *last_lit)) {
      last_lit = body;
    }
  }
  if (last_lit == nullptr && first_dark == nullptr) return std::nullopt;
  if (last_lit != nullptr && first_dark != nullptr && !further(*first_dark, *last_lit)) {
    return std::nullopt;
  }
  const double lit = last_lit != nullptr ? last_lit->stretch.from_km
                     : forward           ? 0
                                         : map.length_km();
  const double dark = first_dark != nullptr ? first_dark->stretch.from_km
                      : forward             ? map.length_km()
                                            : 0;
  Finding finding{.stretch = {std::min(lit, dark), std::max(lit, dark)}};
  if (last_lit != nullptr && first_dark != nullptr) {
    finding.text = fmt::format("{} receives light, {} does not", last_lit->name, first_dark->name);
  } else if (last_lit != nullptr) {
    finding.text = fmt::format("{} still receives light", last_lit->name);
  } else {
    finding.text = fmt::format("{} receives no light", first_dark->name);
  }
  return finding;
}

std::optional<Finding> by_power_feed(const budget::FeedPath& path,
                                     const std::optional<budget::FeedReading>& at_a,
                                     const std::optional<budget::FeedReading>& at_b) {
  const auto fault = budget::locate_feed_fault(path, at_a, at_b);
  if (!fault) return std::nullopt;
  const double at = fault->at.value();
  const double width = 2 * fault->uncertainty.value();
  return Finding{.stretch = {std::max(0.0, at - width), std::min(path.length.value(), at + width)},
                 .text = fmt::format("power feed of {} reaches {:.0f} km",
                                     at_a && at_b ? "both ends" : "one end", at)};
}

Result<Finding> by_otdr(const LineMap& map, bool from_a, Kilometers optical, Kilometers uncertainty,
                        double excess) {
  const double along = plant::cable_of_optical(optical, excess).value();
  if (!(along >= 0 && along <= map.length_km()) || !(uncertainty.value() >= 0)) {
    return fail(ErrorCode::kInvalidInput, "distance",
                fmt::format("expected 0 to {:.3f} km of cable with an uncertainty of 0 or more, "
                            "got {:.3f} km",
                            map.length_km(), along));
  }
  const double at = from_a ? along : map.length_km() - along;
  return Finding{.stretch = {std::max(0.0, at - uncertainty.value()),
                             std::min(map.length_km(), at + uncertainty.value())},
                 .text = fmt::format("OTDR: {:.3f} km of fibre from {}", optical.value(),
                                     from_a ? "station a" : "station b")};
}

std::optional<Finding> combine(std::vector<Finding> findings) {
  if (findings.empty()) return std::nullopt;
  std::ranges::sort(findings, {}, [](const Finding& one) { return one.stretch.half_width_km(); });
  Finding all = findings.front();
  for (auto one = findings.begin() + 1; one != findings.end(); ++one) {
    const Stretch overlap{std::max(all.stretch.from_km, one->stretch.from_km),
                          std::min(all.stretch.to_km, one->stretch.to_km)};
    if (overlap.from_km <= overlap.to_km) {
      all.stretch = overlap;
      all.text += "; " + one->text;
    } else {
      all.text += "; against it: " + one->text;
    }
  }
  return all;
}

alarms::Cause cause_of(const LineMap& map, const Finding& finding) {
  alarms::Cause cause{
      .text = finding.text,
      .position = alarms::Position{.km = finding.stretch.middle_km(),
                                   .uncertainty_km = finding.stretch.half_width_km()}};
  // A name only where the whole stretch lies within one element.
  const double inner = std::min(finding.stretch.half_width_km() / 2, 1e-3);
  const auto from = map.element_at(finding.stretch.from_km + inner);
  const auto to = map.element_at(finding.stretch.to_km - inner);
  if (from == to) cause.element = from;
  return cause;
}

}  // namespace caspilink::locate
