// Alarms and maintenance windows as the store keeps them, and back. A type's qualifier is stored
// with it: "threshold_crossed/es_15min".
#pragma once

#include <optional>

#include "collector/alarms/desk.h"
#include "collector/store/records.h"

namespace caspilink::core {

[[nodiscard]] store::AlarmRecord record_of(const alarms::Alarm& alarm);
[[nodiscard]] store::MaintenanceRecord record_of(const alarms::MaintenanceWindow& window);

// Nothing for a record whose words this program does not know.
[[nodiscard]] std::optional<alarms::Alarm> alarm_of(const store::AlarmRecord& record);
[[nodiscard]] std::optional<alarms::MaintenanceWindow> window_of(
    const store::MaintenanceRecord& record);

}  // namespace caspilink::core
