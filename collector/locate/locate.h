// Adds to present conditions what points to their cause's place.
#pragma once

#include <optional>
#include <vector>

#include "collector/locate/evidence.h"

namespace caspilink::locate {

struct Evidence {
  const LineMap& map;
  const std::vector<alarms::EquipmentReading>& readings;
  std::optional<budget::FeedPath> feed{};  // nothing: not fed, or not known how
};

// Cuts and power feed faults get a stretch of the line where there is a finding; spans and
// amplifiers the place they are at.
void add_causes(const Evidence& evidence, std::vector<alarms::Condition>& conditions);

}  // namespace caspilink::locate
