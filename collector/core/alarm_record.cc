#include "collector/core/alarm_record.h"

#include <fmt/format.h>

namespace caspilink::core {
namespace {

std::string text_of(const std::optional<plant::Direction>& direction) {
  return direction ? std::string(plant::to_string(*direction)) : std::string();
}

}  // namespace

store::AlarmRecord record_of(const alarms::Alarm& alarm) {
  const alarms::Key& key = alarm.key;
  store::AlarmRecord record{.id = alarm.id,
                            .type = std::string(alarms::to_string(key.type)),
                            .severity = std::string(alarms::to_string(alarm.severity)),
                            .station = key.station,
                            .fibre_pair = key.fibre_pair,
                            .direction = text_of(key.direction),
                            .channel = key.channel,
                            .text = alarm.text,
                            .raised_unix_ns = alarm.raised_unix_ns,
                            .cleared_unix_ns = alarm.cleared_unix_ns,
                            .element = key.element,
                            .source = key.source,
                            .parent = alarm.parent,
                            .flaps = alarm.flaps,
                            .cause = alarm.cause.text,
                            .cause_element = alarm.cause.element,
                            .cause_by = alarm.cause.by};
  if (!key.qualifier.empty()) record.type += '/' + key.qualifier;
  if (alarm.cause.position) {
    record.position_km = alarm.cause.position->km;
    record.position_uncertainty_km = alarm.cause.position->uncertainty_km;
  }
  if (alarm.shelved) {
    record.shelved_until_unix_ns = alarm.shelved->until_unix_ns;
    record.shelved_by = alarm.shelved->by;
    record.shelf_note = alarm.shelved->note;
  }
  if (alarm.acknowledged) {
    record.acknowledged_unix_ns = alarm.acknowledged->at_unix_ns;
    record.acknowledged_by = alarm.acknowledged->by;
    record.note = alarm.acknowledged->note;
  }
  return record;
}

std::optional<alarms::Alarm> alarm_of(const store::AlarmRecord& record) {
  const std::size_t slash = record.type.find('/');
  const auto type = alarms::type_from_string(record.type.substr(0, slash));
  const auto severity = alarms::severity_from_string(record.severity);
  if (!type || !severity) return std::nullopt;
  alarms::Alarm alarm{
      .id = record.id,
      .key = {.type = *type,
              .station = record.station,
              .fibre_pair = record.fibre_pair,
              .channel = record.channel,
              .element = record.element,
              .source = record.source},
      .severity = *severity,
      .text = record.text,
      .raised_unix_ns = record.raised_unix_ns,
      .cleared_unix_ns = record.cleared_unix_ns,
      .parent = record.parent,
      .flaps = record.flaps,
      .cause = {.element = record.cause_element, .text = record.cause, .by = record.cause_by}};
  if (slash != std::string::npos) alarm.key.qualifier = record.type.substr(slash + 1);
  if (!record.direction.empty()) {
    const auto direction = plant::direction_from_string(record.direction);
    if (!direction) return std::nullopt;
    alarm.key.direction = *direction;
  }
  if (record.position_km && record.position_uncertainty_km) {
    alarm.cause.position = alarms::Position{.km = *record.position_km,
                                            .uncertainty_km = *record.position_uncertainty_km};
  }
  if (record.shelved_until_unix_ns) {
    alarm.shelved = alarms::Shelf{.by = record.shelved_by,
                                  .note = record.shelf_note,
                                  .until_unix_ns = *record.shelved_until_unix_ns};
  }
  if (record.acknowledged_unix_ns) {
    alarm.acknowledged = alarms::Acknowledgement{.by = record.acknowledged_by,
                                                 .note = record.note,
                                                 .at_unix_ns = *record.acknowledged_unix_ns};
  }
  return alarm;
}

store::MaintenanceRecord record_of(const alarms::MaintenanceWindow& window) {
  return {.id = window.id,
          .from_unix_ns = window.from_unix_ns,
          .until_unix_ns = window.until_unix_ns,
          .station = window.station,
          .fibre_pair = window.fibre_pair,
          .direction = text_of(window.direction),
          .element = window.element,
          .operator_name = window.by,
          .note = window.note};
}

std::optional<alarms::MaintenanceWindow> window_of(const store::MaintenanceRecord& record) {
  alarms::MaintenanceWindow window{.id = record.id,
                                   .from_unix_ns = record.from_unix_ns,
                                   .until_unix_ns = record.until_unix_ns,
                                   .station = record.station,
                                   .fibre_pair = record.fibre_pair,
                                   .element = record.element,
                                   .by = record.operator_name,
                                   .note = record.note};
  if (!record.direction.empty()) {
    const auto direction = plant::direction_from_string(record.direction);
    if (!direction) return std::nullopt;
    window.direction = *direction;
  }
  return window;
}

}  // namespace caspilink::core
