// Alarms as the store keeps them, and back.
#pragma once

#include <optional>

#include "collector/alarms/alarm.h"
#include "collector/store/records.h"

namespace caspilink::core {

[[nodiscard]] store::AlarmRecord record_of(const alarms::Alarm& alarm);

// Nothing for a record whose words this program does not know.
[[nodiscard]] std::optional<alarms::Alarm> alarm_of(const store::AlarmRecord& record);

}  // namespace caspilink::core
