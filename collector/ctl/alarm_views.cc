// Alarms, what operators did about them, and where they are.
#include <fmt/format.h>

#include "collector/ctl/table.h"
#include "collector/ctl/views.h"
#include "collector/ctl/words.h"
#include "link_models/plant/position_list.h"
#include "proto/endpoint/time_text.h"

namespace caspilink::ctl {
namespace {

using endpoint::time_text;

// "FP03 a-b 32", "sumgait": what an alarm is about.
std::string resource(const wire::Alarm& alarm) {
  std::string words;
  const auto add = [&](const std::string& word) {
    if (!word.empty()) words += (words.empty() ? "" : " ") + word;
  };
  add(alarm.station());
  add(alarm.fibre_pair());
  add(alarm.direction());
  add(alarm.element());
  if (alarm.channel() != 0) add(fmt::format("channel {}", alarm.channel()));
  add(alarm.source());
  add(alarm.qualifier());
  return text(words);
}

std::string position(const wire::Alarm& alarm) {
  return alarm.has_position_km()
             ? fmt::format("{:.1f} ± {:.1f}", alarm.position_km(), alarm.position_uncertainty_km())
             : kNothing;
}

std::string state(const wire::Alarm& alarm) {
  std::string words;
  const auto add = [&](const std::string& word) { words += (words.empty() ? "" : ", ") + word; };
  if (alarm.has_cleared_unix_ns()) add("cleared " + time_text(alarm.cleared_unix_ns()));
  if (alarm.parent() != 0) add(fmt::format("by {}", alarm.parent()));
  const auto said = [](const std::string& note) { return note.empty() ? "" : " (" + note + ")"; };
  if (!alarm.acknowledged_by().empty()) {
    add("acknowledged by " + alarm.acknowledged_by() + said(alarm.note()));
  }
  if (alarm.has_shelved_until_unix_ns()) {
    add("shelved until " + time_text(alarm.shelved_until_unix_ns()) + " by " + alarm.shelved_by() +
        said(alarm.shelf_note()));
  }
  if (!alarm.placed_by().empty()) add("placed by " + alarm.placed_by());
  if (alarm.maintenance() != 0) add(fmt::format("maintenance {}", alarm.maintenance()));
  if (alarm.flapping()) add("flapping");
  return text(words);
}

std::string alarm_table(const google::protobuf::RepeatedPtrField<wire::Alarm>& alarms,
                        bool colours) {
  if (alarms.empty()) return "no alarms\n";
  Table table({{"ID", true},
               {"SEVERITY"},
               {"TYPE"},
               {"WHERE"},
               {"RAISED"},
               {"UNDER IT", true},
               {"KM FROM A", true},
               {"STATE"},
               {"TEXT"}});
  for (const wire::Alarm& alarm : alarms) {
    table.add({fmt::to_string(alarm.id()),
               {severity_text(alarm.severity()), colour_of(alarm.severity())},
               alarm.type(),
               resource(alarm),
               time_text(alarm.raised_unix_ns()),
               number(alarm.consequences()),
               position(alarm),
               state(alarm),
               alarm.text()});
  }
  return table.text(colours);
}

std::string maintenance_table(
    const google::protobuf::RepeatedPtrField<wire::MaintenanceWindow>& windows, bool colours) {
  if (windows.empty()) return "no maintenance is planned\n";
  Table table({{"ID", true}, {"FROM"}, {"UNTIL"}, {"COVERS"}, {"BY"}, {"NOTE"}});
  for (const auto& window : windows) {
    std::string covers;
    for (const std::string& word :
         {window.station(), window.fibre_pair(), window.direction(), window.element()}) {
      if (!word.empty()) covers += (covers.empty() ? "" : " ") + word;
    }
    table.add({fmt::to_string(window.id()), time_text(window.from_unix_ns()),
               time_text(window.until_unix_ns()), covers.empty() ? "everything" : covers,
               window.by(), text(window.note())});
  }
  return table.text(colours);
}

}  // namespace

std::string view(const wire::ListAlarmsResponse& alarms, bool colours) {
  std::string out = alarm_table(alarms.alarms(), colours);
  if (alarms.truncated()) out += "there are more; --limit shows more of them\n";
  return out;
}

std::string view(const wire::AlarmResponse& alarm, bool colours) {
  google::protobuf::RepeatedPtrField<wire::Alarm> one;
  *one.Add() = alarm.alarm();
  return alarm_table(one, colours);
}

std::string view(const wire::ListMaintenanceResponse& maintenance, bool colours) {
  return maintenance_table(maintenance.windows(), colours);
}

std::string view(const wire::MaintenanceResponse& maintenance, bool colours) {
  google::protobuf::RepeatedPtrField<wire::MaintenanceWindow> one;
  *one.Add() = maintenance.window();
  return maintenance_table(one, colours);
}

std::string view(const wire::GetAuditResponse& audit, bool colours) {
  if (audit.entries().empty()) return "nobody has done anything\n";
  Table table({{"AT"}, {"WHO"}, {"ACTION"}, {"TARGET"}, {"DETAIL"}});
  for (const auto& entry : audit.entries()) {
    table.add({time_text(entry.at_unix_ns()), entry.operator_name(), entry.action(),
               text(entry.target()), text(entry.detail())});
  }
  return table.text(colours);
}

std::string view(const wire::LocateResponse& place, bool colours) {
  std::string out;
  const auto add = [&](const char* what, const std::string& value) {
    if (!value.empty()) out += fmt::format("{:<10}{}\n", what, painted(value, {}, colours));
  };
  if (place.alarm() != 0) add("alarm", fmt::to_string(place.alarm()));
  add("element", place.element());
  add("because", place.cause());
  if (!place.has_position_km()) {
    add("position", "not known");
    return out;
  }
  for (const auto& distance : place.distances()) {
    add("position", fmt::format("{:.3f} km of cable from {}", distance.km(), distance.station()));
  }
  if (place.has_coordinates()) {
    const auto& at = place.coordinates();
    plant::RoutePosition position{.cable = Kilometers(at.cable_km()),
                                  .latitude_deg = at.latitude_deg(),
                                  .longitude_deg = at.longitude_deg()};
    if (at.has_depth_m()) position.depth_m = at.depth_m();
    add("at", plant::to_string(position, at.illustrative()));
  }
  if (place.has_uncertainty_km()) {
    add("give or take", fmt::format(" {:.3f} km", place.uncertainty_km()));
  }
  return out;
}

std::string line(const wire::WatchAlarmsResponse& message, bool colours) {
  if (message.has_listed()) {
    return fmt::format("{} standing; watching\n", message.listed().standing());
  }
  const bool event = message.has_event();
  const wire::Alarm& alarm = event ? message.event().alarm() : message.standing();
  return fmt::format(
      "{}  {:<12}  {}  {}  {}  {}\n",
      time_text(alarm.has_cleared_unix_ns() ? alarm.cleared_unix_ns() : alarm.raised_unix_ns()),
      event ? message.event().kind() : "standing",
      painted(severity_text(alarm.severity()), colour_of(alarm.severity()), colours),
      fmt::format("{} {}", alarm.id(), alarm.type()), painted(resource(alarm), {}, false),
      painted(alarm.text(), {}, false));
}

}  // namespace caspilink::ctl
