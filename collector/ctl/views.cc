#include "collector/ctl/views.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "collector/ctl/table.h"
#include "collector/ctl/words.h"
#include "proto/endpoint/time_text.h"

namespace caspilink::ctl {
namespace {

using endpoint::time_text;

// "-0.051 (-0.058 to -0.044)"
std::string yearly(const wire::Bounded& rate) {
  return fmt::format("{:+.3f} ({:+.3f} to {:+.3f})", rate.value(), rate.low(), rate.high());
}

// What the fitted ageing says, with its bounds, else what the design promised.
std::string end_of_life(const wire::Margin& margin) {
  if (margin.ageing().has_margin_end_of_life_db()) {
    const wire::Bounded& fitted = margin.ageing().margin_end_of_life_db();
    return fmt::format("{:.2f} ({:.2f} to {:.2f})", fitted.value(), fitted.low(), fitted.high());
  }
  if (margin.has_designed_end_of_life_margin_db()) {
    return fmt::format("{:.2f} as designed", margin.designed_end_of_life_margin_db());
  }
  return kNothing;
}

std::string runs_out(const wire::Margin& margin) {
  if (!margin.has_ageing()) return kNothing;
  const wire::Ageing& ageing = margin.ageing();
  const auto day = [](bool known, std::int64_t unix_ns) {
    return known ? day_text(unix_ns) : std::string("later");
  };
  if (!ageing.has_runs_out_unix_ns() && !ageing.has_runs_out_earliest_unix_ns()) {
    return "not in 100 years";
  }
  return fmt::format(
      "{} ({} to {})", day(ageing.has_runs_out_unix_ns(), ageing.runs_out_unix_ns()),
      day(ageing.has_runs_out_earliest_unix_ns(), ageing.runs_out_earliest_unix_ns()),
      day(ageing.has_runs_out_latest_unix_ns(), ageing.runs_out_latest_unix_ns()));
}

// What is off its model; the rest is in the JSON.
Table quantities_off(const wire::GetStateResponse& state) {
  Table table({{"FIBRE PAIR"},
               {"DIRECTION"},
               {"OFF ITS MODEL"},
               {"VERDICT"},
               {"WORST"},
               {"OBSERVED", true},
               {"EXPECTED", true},
               {"RESIDUAL", true},
               {"UNIT"}});
  for (const auto& direction : state.directions()) {
    for (const wire::QuantityState& one : direction.quantities()) {
      if (one.verdict() != wire::VERDICT_MARGIN_LOW &&
          one.verdict() != wire::VERDICT_BELOW_BUDGET) {
        continue;
      }
      const bool small = one.unit() == "ratio";
      const auto shown = [&](double value) {
        return small ? fmt::format("{:.2e}", value) : figure(true, value);
      };
      table.add(
          {direction.fibre_pair(), direction.direction(), one.quantity(), verdict(one.verdict()),
           one.channel() != 0 ? fmt::format("channel {}", one.channel()) : text(one.element()),
           shown(one.observed()), shown(one.expected()),
           small ? shown(one.residual())
                 : fmt::format("{} ± {}", difference(true, one.residual()),
                               figure(true, one.uncertainty())),
           one.unit()});
    }
  }
  return table;
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
  Table directions({{"FIBRE PAIR"},
                    {"DIRECTION"},
                    {"FROM"},
                    {"TO"},
                    {"VERDICT"},
                    {"MARGIN dB", true},
                    {"IN A MONTH dB", true},
                    {"POWER IN A MONTH dB", true}});
  for (const auto& direction : state.directions()) {
    directions.add(
        {direction.fibre_pair(), direction.direction(), direction.sender(), direction.receiver(),
         verdict(direction.verdict()), figure(direction.has_margin_db(), direction.margin_db()),
         difference(direction.has_margin_from_month_ago_db(), direction.margin_from_month_ago_db()),
         difference(direction.has_receive_power_from_month_ago_db(),
                    direction.receive_power_from_month_ago_db())});
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
  Table off = quantities_off(state);
  for (const Table* table : {&stations, &directions, &off, &paths}) {
    if (!table->empty()) out += '\n' + table->text(colours);
  }
  for (const auto& direction : state.directions()) {
    for (const std::string& remark : direction.remarks()) {
      out += fmt::format("{} {}: {}\n", direction.fibre_pair(), direction.direction(),
                         painted(remark, {}, false));
    }
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
               {"DIFFERENCE dB", true},
               {"SINCE COMMISSIONING dB", true},
               {"IN A MONTH dB", true},
               {"A YEAR dB", true},
               {"END OF LIFE dB"},
               {"RUNS OUT"}});
  for (const auto& margin : margins.margins()) {
    table.add({margin.fibre_pair(), margin.direction(),
               margin.channel() == 0 ? "worst" : fmt::to_string(margin.channel()),
               verdict(margin.verdict()), figure(margin.has_margin_db(), margin.margin_db()),
               figure(true, margin.expected_margin_db()),
               difference(margin.has_margin_db(), margin.margin_db() - margin.expected_margin_db()),
               difference(margin.has_from_commissioning_db(), margin.from_commissioning_db()),
               difference(margin.has_from_month_ago_db(), margin.from_month_ago_db()),
               margin.has_ageing() ? yearly(margin.ageing().per_year_db()) : kNothing,
               end_of_life(margin), runs_out(margin)});
  }
  return table.text(colours);
}

std::string view(const wire::ListBaselinesResponse& baselines, bool colours) {
  if (baselines.baselines().empty())
    return "no baselines: nothing has been looked at for an hour\n";
  Table table({{"QUANTITY"},
               {"STATION"},
               {"FIBRE PAIR"},
               {"DIRECTION"},
               {"CHANNEL", true},
               {"ELEMENT"},
               {"LAST DAY", true},
               {"COMMISSIONED", true},
               {"ON"},
               {"SINCE THEN", true},
               {"IN A MONTH", true},
               {"A YEAR", true},
               {"UNIT"}});
  for (const auto& place : baselines.baselines()) {
    table.add({place.quantity(), text(place.station()), text(place.fibre_pair()),
               text(place.direction()), number(place.channel()), text(place.element()),
               figure(place.has_recent(), place.recent()),
               figure(place.has_commissioning(), place.commissioning()),
               place.has_commissioned_unix_ns() ? day_text(place.commissioned_unix_ns()) : kNothing,
               difference(place.has_from_commissioning(), place.from_commissioning()),
               difference(place.has_from_month_ago(), place.from_month_ago()),
               place.has_per_year() ? yearly(place.per_year()) : kNothing, text(place.unit())});
  }
  return table.text(colours) + (baselines.truncated() ? "there are more; narrow the search\n" : "");
}

std::string view(const wire::CommissionResponse& done, bool) {
  return fmt::format(
      "{} snapshot{} taken{}\n", done.taken(), done.taken() == 1 ? "" : "s",
      done.left() == 0
          ? ""
          : fmt::format("; {} place{} without an hour of readings within a day keep what they had",
                        done.left(), done.left() == 1 ? "" : "s"));
}

std::string view(const wire::ReloadAgentResponse& done, bool) {
  std::string said = done.outcome();
  if (!done.detail().empty()) said += ", the old configuration stays: " + done.detail();
  said += '\n';
  for (const std::string& difference : done.differences()) said += "  " + difference + '\n';
  return said;
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

}  // namespace caspilink::ctl
