#include "collector/ctl/views.h"

#include <algorithm>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "collector/ctl/table.h"
#include "proto/endpoint/time_text.h"

namespace caspilink::ctl {
namespace {

using endpoint::time_text;

constexpr const char* kNothing = "-";

std::string verdict_text(wire::Verdict verdict) {
  switch (verdict) {
    case wire::VERDICT_WITHIN_BUDGET:
      return "within budget";
    case wire::VERDICT_MARGIN_LOW:
      return "margin low";
    case wire::VERDICT_BELOW_BUDGET:
      return "below budget";
    default:
      return "unknown";
  }
}

Cell verdict(wire::Verdict verdict) {
  const Colour colour = verdict == wire::VERDICT_WITHIN_BUDGET  ? Colour::kGood
                        : verdict == wire::VERDICT_MARGIN_LOW   ? Colour::kWarning
                        : verdict == wire::VERDICT_BELOW_BUDGET ? Colour::kBad
                                                                : Colour::kFaint;
  return {verdict_text(verdict), colour};
}

std::string severity_text(wire::Severity severity) {
  switch (severity) {
    case wire::SEVERITY_CRITICAL:
      return "critical";
    case wire::SEVERITY_MAJOR:
      return "major";
    case wire::SEVERITY_MINOR:
      return "minor";
    case wire::SEVERITY_WARNING:
      return "warning";
    case wire::SEVERITY_INDETERMINATE:
      return "indeterminate";
    default:
      return kNothing;
  }
}

Colour colour_of(wire::Severity severity) {
  if (severity >= wire::SEVERITY_MAJOR) return Colour::kBad;
  return severity >= wire::SEVERITY_WARNING ? Colour::kWarning : Colour::kNone;
}

std::string text(const std::string& value) { return value.empty() ? kNothing : value; }
std::string number(std::uint64_t value) { return value == 0 ? kNothing : fmt::to_string(value); }
std::string figure(bool known, double value, int digits = 2) {
  return known ? fmt::format("{:.{}f}", value, digits) : kNothing;
}
std::string milliseconds(bool known, double seconds) { return figure(known, seconds * 1e3, 4); }

std::string age(bool known, std::int64_t then_ns, std::int64_t now_ns) {
  if (!known) return "never";
  const double s = static_cast<double>(now_ns - then_ns) * 1e-9;
  if (s < 120) return fmt::format("{:.0f} s ago", s);
  if (s < 7200) return fmt::format("{:.0f} min ago", s / 60);
  return time_text(then_ns);
}

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
  if (!alarm.acknowledged_by().empty()) add("acknowledged by " + alarm.acknowledged_by());
  if (alarm.has_shelved_until_unix_ns()) {
    add("shelved until " + time_text(alarm.shelved_until_unix_ns()));
  }
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

std::string json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string out;
  const auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
  return status.ok() ? out + '\n' : std::string();
}

std::string view(const wire::GetStateResponse& state, bool colours) {
  std::string out = fmt::format("{}, {:.1f} km, {}\n", painted(state.plant(), {}, false),
                                state.length_km(), time_text(state.time_unix_ns()));
  out += state.standing_alarms() == 0
             ? painted("no alarms", Colour::kGood, colours)
             : painted(fmt::format("{} alarm{}, worst {}", state.standing_alarms(),
                                   state.standing_alarms() == 1 ? "" : "s",
                                   severity_text(state.worst_severity())),
                       colour_of(state.worst_severity()), colours);
  out += '\n';
  if (state.store_failing()) {
    out += painted("the store cannot write", Colour::kBad, colours) + '\n';
  }
  Table stations({{"STATION"}, {"OPERATOR"}, {"AGENT"}, {"STREAMS", true}, {"NEWEST SAMPLE"}});
  for (const auto& station : state.stations()) {
    stations.add({text(station.name()), text(station.operator_name()),
                  station.silent() ? Cell("silent", Colour::kBad) : Cell("speaking", Colour::kGood),
                  fmt::to_string(station.open_streams()),
                  age(station.has_newest_sample_unix_ns(), station.newest_sample_unix_ns(),
                      state.time_unix_ns())});
  }
  Table directions(
      {{"FIBRE PAIR"}, {"DIRECTION"}, {"FROM"}, {"TO"}, {"VERDICT"}, {"MARGIN dB", true}});
  for (const auto& direction : state.directions()) {
    directions.add({direction.fibre_pair(), direction.direction(), direction.sender(),
                    direction.receiver(), verdict(direction.verdict()),
                    figure(direction.has_margin_db(), direction.margin_db())});
  }
  Table paths({{"FIBRE PAIR"},
               {"MEASURED AT"},
               {"VERDICT"},
               {"ROUND TRIP ms", true},
               {"EXPECTED ms", true},
               {"LOSS %", true}});
  for (const auto& path : state.paths()) {
    paths.add({path.fibre_pair(), path.station(), verdict(path.verdict()),
               milliseconds(path.has_round_trip_s(), path.round_trip_s()),
               milliseconds(true, path.expected_round_trip_s()),
               figure(path.has_probe_loss_ratio(), path.probe_loss_ratio() * 100)});
  }
  for (const Table* table : {&stations, &directions, &paths}) {
    if (!table->empty()) out += '\n' + table->text(colours);
  }
  return out;
}

std::string view(const wire::GetMarginsResponse& margins, bool colours) {
  Table table({{"FIBRE PAIR"},
               {"DIRECTION"},
               {"CHANNEL", true},
               {"VERDICT"},
               {"MARGIN dB", true},
               {"EXPECTED dB", true},
               {"DIFFERENCE dB", true}});
  for (const auto& margin : margins.margins()) {
    table.add({margin.fibre_pair(), margin.direction(),
               margin.channel() == 0 ? "worst" : fmt::to_string(margin.channel()),
               verdict(margin.verdict()), figure(margin.has_margin_db(), margin.margin_db()),
               figure(true, margin.expected_margin_db()),
               margin.has_margin_db()
                   ? fmt::format("{:+.2f}", margin.margin_db() - margin.expected_margin_db())
                   : kNothing});
  }
  return table.text(colours);
}

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

std::string view(const wire::ListAgentsResponse& agents, bool colours) {
  Table table({{"STATION"},
               {"STATE"},
               {"STREAMS", true},
               {"NEWEST SAMPLE"},
               {"LAG s", true},
               {"BATCHES", true},
               {"SAMPLES", true},
               {"DUPLICATES", true},
               {"REFUSED", true},
               {"SET ASIDE", true},
               {"SOURCES"}});
  for (const auto& agent : agents.agents()) {
    std::string sources;
    for (const auto& source : agent.sources()) {
      sources += (sources.empty() ? "" : ", ") + source.name();
      if (!source.has_newest_sample_unix_ns()) sources += " (never heard)";
    }
    table.add({agent.station(),
               agent.silent() ? Cell("silent", Colour::kBad) : Cell("speaking", Colour::kGood),
               fmt::to_string(agent.open_streams()),
               age(agent.has_newest_sample_unix_ns(), agent.newest_sample_unix_ns(),
                   agents.time_unix_ns()),
               figure(agent.has_live_lag_s(), agent.live_lag_s()), fmt::to_string(agent.batches()),
               fmt::to_string(agent.samples()), fmt::to_string(agent.duplicate_batches()),
               fmt::to_string(agent.refused_batches()), fmt::to_string(agent.set_aside_samples()),
               text(sources)});
  }
  return table.text(colours);
}

std::string view(const wire::GetBinsResponse& bins, bool colours) {
  if (bins.bins().empty()) return "no bins\n";
  Table table({{"START"},
               {"QUANTITY"},
               {"STATION"},
               {"FIBRE PAIR"},
               {"DIRECTION"},
               {"CHANNEL", true},
               {"ELEMENT"},
               {"MIN", true},
               {"AVERAGE", true},
               {"MAX", true},
               {"LAST", true},
               {"UNIT"},
               {"SAMPLES", true},
               {"SUSPECT"}});
  const auto shown = [](bool known, double value) {
    return known ? fmt::format("{:.6g}", value) : std::string(kNothing);
  };
  for (const auto& bin : bins.bins()) {
    table.add({time_text(bin.start_unix_ns()), bin.quantity(), text(bin.station()),
               text(bin.fibre_pair()), text(bin.direction()), number(bin.channel()),
               text(bin.element()), shown(bin.has_minimum(), bin.minimum()),
               shown(bin.has_average(), bin.average()), shown(bin.has_maximum(), bin.maximum()),
               shown(bin.has_last(), bin.last()), text(bin.unit()), fmt::to_string(bin.samples()),
               bin.suspect() ? Cell("yes", Colour::kWarning) : Cell("no")});
  }
  return table.text(colours) +
         (bins.truncated() ? "there are older ones; narrow the search\n" : "");
}

std::string view(const wire::GetServiceLevelsResponse& levels, bool colours) {
  if (levels.levels().empty()) return "nothing is known of " + levels.month() + '\n';
  Table table({{"FIBRE PAIR"},
               {"AVAILABILITY %", true},
               {"UNAVAILABLE s", true},
               {"KNOWN s", true},
               {"UNKNOWN s", true},
               {"ROUND TRIP MIN ms", true},
               {"AVERAGE ms", true},
               {"MAX ms", true},
               {"LOSS %", true}});
  for (const auto& level : levels.levels()) {
    table.add({level.fibre_pair(),
               figure(level.has_availability_ratio(), level.availability_ratio() * 100, 5),
               fmt::to_string(level.unavailable_s()), fmt::to_string(level.known_s()),
               fmt::to_string(level.unknown_s()),
               milliseconds(level.has_round_trip_minimum_s(), level.round_trip_minimum_s()),
               milliseconds(level.has_round_trip_average_s(), level.round_trip_average_s()),
               milliseconds(level.has_round_trip_maximum_s(), level.round_trip_maximum_s()),
               figure(level.has_probe_loss_ratio(), level.probe_loss_ratio() * 100, 4)});
  }
  return levels.month() + '\n' + table.text(colours);
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
  if (place.has_uncertainty_km()) {
    add("give or take", fmt::format(" {:.3f} km", place.uncertainty_km()));
  }
  return out;
}

std::string view(std::vector<wire::Sample> samples, bool colours) {
  if (samples.empty()) return "no samples\n";
  std::ranges::stable_sort(samples, std::less{}, &wire::Sample::time_unix_ns);
  Table table({{"TIME"},
               {"STATION"},
               {"QUANTITY"},
               {"FIBRE PAIR"},
               {"CHANNEL", true},
               {"ELEMENT"},
               {"SOURCE"},
               {"STATISTIC"},
               {"VALUE", true},
               {"UNIT"}});
  for (const auto& sample : samples) {
    table.add({time_text(sample.time_unix_ns()), sample.station(), sample.quantity(),
               text(sample.fibre_pair()), number(sample.channel()), text(sample.element()),
               text(sample.source()), sample.statistic(),
               sample.has_value() ? fmt::format("{:.6g}", sample.value()) : sample.reading(),
               text(sample.unit())});
  }
  return table.text(colours);
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
