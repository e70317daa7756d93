#include "collector/core/alarm_record.h"

namespace caspilink::core {

store::AlarmRecord record_of(const alarms::Alarm& alarm) {
  return {.id = alarm.id,
          .type = std::string(alarms::to_string(alarm.key.type)),
          .severity = std::string(alarms::to_string(alarm.severity)),
          .station = alarm.key.station,
          .fibre_pair = alarm.key.fibre_pair,
          .direction = alarm.key.direction ? std::string(plant::to_string(*alarm.key.direction))
                                           : std::string(),
          .channel = alarm.key.channel,
          .text = alarm.text,
          .raised_unix_ns = alarm.raised_unix_ns,
          .cleared_unix_ns = alarm.cleared_unix_ns};
}

std::optional<alarms::Alarm> alarm_of(const store::AlarmRecord& record) {
  const auto type = alarms::type_from_string(record.type);
  const auto severity = alarms::severity_from_string(record.severity);
  if (!type || !severity) return std::nullopt;
  alarms::Alarm alarm{.id = record.id,
                      .key = {.type = *type,
                              .station = record.station,
                              .fibre_pair = record.fibre_pair,
                              .direction = std::nullopt,
                              .channel = record.channel},
                      .severity = *severity,
                      .text = record.text,
                      .raised_unix_ns = record.raised_unix_ns,
                      .cleared_unix_ns = record.cleared_unix_ns};
  if (!record.direction.empty()) {
    const auto direction = plant::direction_from_string(record.direction);
    if (!direction) return std::nullopt;
    alarm.key.direction = *direction;
  }
  return alarm;
}

}  // namespace caspilink::core
