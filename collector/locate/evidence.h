// Findings about where something is, each a stretch of the line, and what they say together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/alarms/equipment_rules.h"
#include "collector/locate/line_map.h"
#include "link_models/budget/power_feed_fault.h"
#include "link_models/plant/position_list.h"

namespace caspilink::locate {

struct Finding {
  Stretch stretch;
  std::string text;  // "R2 receives light, R3 does not"
};

// Between the last repeater that receives light and the first that does not, of one direction.
// Nothing where no repeater says, or where they contradict each other.
[[nodiscard]] std::optional<Finding> by_repeaters(
    const LineMap& map, const std::vector<alarms::EquipmentReading>& readings,
    const std::string& fibre_pair, plant::Direction direction);

// Two standard deviations around where the conductor touches the sea.
[[nodiscard]] std::optional<Finding> by_power_feed(const budget::FeedPath& path,
                                                   const std::optional<budget::FeedReading>& at_a,
                                                   const std::optional<budget::FeedReading>& at_b);

// What an operator read off an OTDR: fibre from a station, of a plant whose fibre is longer than
// its cable by `excess`. kInvalidInput outside the line.
[[nodiscard]] Result<Finding> by_otdr(const LineMap& map, bool from_a, Kilometers optical,
                                      Kilometers uncertainty, double excess);

// The stretch all findings allow. One that contradicts those narrower than itself is left out, and
// the text says so. Nothing without a finding.
[[nodiscard]] std::optional<Finding> combine(std::vector<Finding> findings);

[[nodiscard]] alarms::Cause cause_of(const LineMap& map, const Finding& finding);

}  // namespace caspilink::locate
