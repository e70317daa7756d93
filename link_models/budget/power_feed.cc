#include "link_models/budget/power_feed.h"

#include <variant>

namespace caspilink::budget {

std::optional<PowerFeedBudget> power_feed_budget(const plant::Plant& plant,
                                                 std::optional<Amperes> current) {
  if (!plant.power_feed) return std::nullopt;
  const plant::PowerFeed& feed = *plant.power_feed;
  double kilometers = 0;
  int repeaters = 0;
  for (const plant::Segment& segment : plant.segments) {
    if (segment.kind != plant::Segment::Kind::kSubmarine) continue;
    for (const plant::RouteElement& element : segment.elements) {
      if (const auto* span = std::get_if<plant::Span>(&element)) kilometers += span->length.value();
      if (std::holds_alternative<plant::Repeater>(element)) ++repeaters;
    }
  }
  PowerFeedBudget budget{.current = current.value_or(feed.current)};
  budget.total = Volts(budget.current.value() * feed.resistance.value() * kilometers) +
                 repeaters * feed.repeater_voltage + feed.earth_potential;
  switch (feed.feeding) {
    case plant::Feeding::kBothEnds:
      budget.at_a = budget.total / 2;
      budget.at_b = -budget.total / 2;
      break;
    case plant::Feeding::kFromA:
      budget.at_a = budget.total;
      break;
    case plant::Feeding::kFromB:
      budget.at_b = -budget.total;
      break;
  }
  return budget;
}

}  // namespace caspilink::budget
