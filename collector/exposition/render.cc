#include "collector/exposition/render.h"

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "collector/exposition/families.h"
#include "collector/exposition/metrics.h"
#include "collector/exposition/readings.h"

namespace caspilink::exposition {
namespace {

constexpr double kMetersPerKilometer = 1000;

double to_seconds(std::int64_t unix_ns) { return static_cast<double>(unix_ns) * 1e-9; }

std::string number(std::uint32_t channel) { return channel == 0 ? "" : fmt::to_string(channel); }

std::string text(const std::optional<plant::Direction>& direction) {
  return direction ? std::string(plant::to_string(*direction)) : std::string();
}

void add_bounded(Families& out, std::string_view metric, const assess::DirectionAssessment& line,
                 const twin::Bounded& bounded) {
  const std::string_view direction = plant::to_string(line.direction);
  out.add(metric, {line.fibre_pair, direction, "value"}, bounded.value);
  out.add(metric, {line.fibre_pair, direction, "low"}, bounded.low);
  out.add(metric, {line.fibre_pair, direction, "high"}, bounded.high);
}

void add_ageing(Families& out, const assess::DirectionAssessment& line) {
  if (!line.ageing) return;
  add_bounded(out, "caspilink_direction_ageing_decibels_per_year", line, line.ageing->per_year);
  if (line.ageing->margin_end_of_life) {
    add_bounded(out, "caspilink_direction_margin_end_of_life_decibels", line,
                *line.ageing->margin_end_of_life);
  }
  const auto runs_out = [&](std::string_view bound, std::optional<std::int64_t> unix_ns) {
    if (!unix_ns) return;
    out.add("caspilink_direction_margin_runs_out_timestamp_seconds",
            {line.fibre_pair, plant::to_string(line.direction), bound}, to_seconds(*unix_ns));
  };
  runs_out("value", line.ageing->runs_out_unix_ns);
  runs_out("low", line.ageing->runs_out_earliest_unix_ns);
  runs_out("high", line.ageing->runs_out_latest_unix_ns);
}

void add_line_history(Families& out, const assess::DirectionAssessment& line) {
  const auto add = [&](std::string_view metric, const std::optional<Db>& value) {
    if (!value) return;
    out.add(metric, {line.receiver, line.fibre_pair, plant::to_string(line.direction)},
            value->value());
  };
  add("caspilink_line_input_power_from_commissioning_decibels",
      line.receive_power_from_commissioning);
  add("caspilink_line_input_power_from_month_ago_decibels", line.receive_power_from_month_ago);
  add_ageing(out, line);
}

void add_quantities(Families& out, const assess::DirectionAssessment& line) {
  for (const assess::QuantityAssessment& quantity : line.quantities) {
    if (quantity.verdict == assess::Verdict::kUnknown) continue;
    for (const auto verdict : assess::kVerdicts) {
      if (verdict == assess::Verdict::kUnknown) continue;
      out.add("caspilink_direction_quantity_verdict",
              {line.fibre_pair, plant::to_string(line.direction),
               codec::info(quantity.quantity).name, assess::to_string(verdict)},
              quantity.verdict == verdict ? 1.0 : 0.0);
    }
  }
}

void add_directions(Families& out, const assess::Assessment& assessment) {
  for (const auto& line : assessment.directions) {
    const std::string_view direction = plant::to_string(line.direction);
    for (const auto& channel : line.channels) {
      const std::string channel_number = number(channel.number);
      const auto add = [&](std::string_view metric, double value) {
        out.add(metric, {line.receiver, line.fibre_pair, direction, channel_number}, value);
      };
      if (channel.no_light) add("caspilink_channel_no_light", *channel.no_light ? 1 : 0);
      if (channel.margin) add("caspilink_channel_margin_decibels", channel.margin->value());
      add("caspilink_channel_expected_margin_decibels", channel.expected_margin.value());
      if (channel.margin_from_commissioning) {
        add("caspilink_channel_margin_from_commissioning_decibels",
            channel.margin_from_commissioning->value());
      }
      if (channel.margin_from_month_ago) {
        add("caspilink_channel_margin_from_month_ago_decibels",
            channel.margin_from_month_ago->value());
      }
      for (const auto verdict : assess::kVerdicts) {
        out.add(
            "caspilink_channel_verdict",
            {line.receiver, line.fibre_pair, direction, channel_number, assess::to_string(verdict)},
            channel.verdict == verdict ? 1.0 : 0.0);
      }
    }
    add_line_history(out, line);
    if (line.no_light) {
      out.add("caspilink_line_no_light", {line.receiver, line.fibre_pair, direction},
              *line.no_light ? 1.0 : 0.0);
    }
    if (line.margin) {
      out.add("caspilink_direction_margin_decibels", {line.fibre_pair, direction},
              line.margin->value());
    }
    out.add("caspilink_direction_model_remarks", {line.fibre_pair, direction},
            static_cast<double>(line.remarks.size()));
    for (const auto verdict : assess::kVerdicts) {
      out.add("caspilink_direction_verdict",
              {line.fibre_pair, direction, assess::to_string(verdict)},
              line.verdict == verdict ? 1.0 : 0.0);
    }
  }
  for (const auto& line : assessment.directions) add_quantities(out, line);
  for (const auto& feed : assessment.power_feeds) {
    for (const auto verdict : assess::kVerdicts) {
      out.add("caspilink_power_feed_verdict", {feed.station, assess::to_string(verdict)},
              feed.verdict == verdict ? 1.0 : 0.0);
    }
  }
  for (const auto& path : assessment.paths) {
    for (const auto verdict : assess::kVerdicts) {
      out.add("caspilink_latency_verdict",
              {path.station, path.fibre_pair, path.peer, assess::to_string(verdict)},
              path.verdict == verdict ? 1.0 : 0.0);
    }
  }
}

// By root: how many alarms it explains, over any number of steps.
std::unordered_map<std::uint64_t, std::uint64_t> consequences_of(
    const std::vector<alarms::AlarmPtr>& standing) {
  std::unordered_map<std::uint64_t, std::uint64_t> parents;
  for (const auto& alarm : standing) parents.emplace(alarm->id, alarm->parent);
  std::unordered_map<std::uint64_t, std::uint64_t> count;
  for (const auto& alarm : standing) {
    std::uint64_t root = alarm->parent;
    // Bounded, should what a store gave back ever form a circle.
    for (std::size_t step = 0; root != 0 && step < alarms::kTypeCount; ++step) {
      const auto above = parents.find(root);
      if (above == parents.end() || above->second == 0) break;
      root = above->second;
    }
    if (root != 0) ++count[root];
  }
  return count;
}

void add_alarms(Families& out, const Snapshot& snapshot) {
  auto consequences = consequences_of(snapshot.alarms);
  for (const auto& alarm : snapshot.alarms) {
    const alarms::Key& key = alarm->key;
    const std::string direction = text(key.direction);
    const std::string channel = number(key.channel);
    const auto add = [&](std::string_view metric, double value) {
      out.add(metric,
              {alarms::to_string(key.type), alarms::to_string(alarm->severity), key.fibre_pair,
               direction, key.station, channel, key.element, key.qualifier, key.source},
              value);
    };
    const auto flag = [&](std::string_view metric, bool set) { add(metric, set ? 1.0 : 0.0); };
    add("caspilink_alarm_active", 1.0);
    if (alarm->parent != 0) continue;
    flag("caspilink_alarm_notifiable", alarms::notifies(*alarm));
    flag("caspilink_alarm_acknowledged", alarm->acknowledged.has_value());
    flag("caspilink_alarm_shelved", alarm->shelved.has_value());
    flag("caspilink_alarm_suppressed", alarm->maintenance != 0);
    add("caspilink_alarm_consequences", static_cast<double>(consequences[alarm->id]));
    if (!alarm->cause.position) continue;
    add("caspilink_alarm_position_meters", alarm->cause.position->km * kMetersPerKilometer);
    add("caspilink_alarm_position_uncertainty_meters",
        alarm->cause.position->uncertainty_km * kMetersPerKilometer);
    const auto on_earth =
        plant::position_of(snapshot.model->plant(), Kilometers(alarm->cause.position->km));
    if (!on_earth) continue;
    add("caspilink_alarm_position_latitude_degrees", on_earth->latitude_deg);
    add("caspilink_alarm_position_longitude_degrees", on_earth->longitude_deg);
  }
  for (const auto& row : alarms::types()) {
    out.add("caspilink_alarms_raised_total", {row.name},
            snapshot.raised_total[static_cast<std::size_t>(row.type)]);
  }
}

void add_performance(Families& out, const performance::Snapshot& performance) {
  static const std::map<std::string_view, std::string_view> kClasses = {
      {performance::kErroredSeconds, "errored"},
      {performance::kSeverelyErroredSeconds, "severely_errored"},
      {performance::kUnavailableSeconds, "unavailable"}};
  for (const store::BinRecord& bin : performance.counts) {
    const store::PlaceName& place = bin.place;
    const std::string channel = number(place.channel);
    if (const auto found = kClasses.find(place.quantity); found != kClasses.end()) {
      out.add("caspilink_performance_15min_seconds",
              {place.fibre_pair, place.direction, channel, found->second}, bin.last);
      if (place.quantity == performance::kUnavailableSeconds) {
        out.add("caspilink_performance_15min_suspect", {place.fibre_pair, place.direction, channel},
                bin.suspect ? 1.0 : 0.0);
      }
    } else {
      out.add("caspilink_performance_15min_background_block_errors",
              {place.fibre_pair, place.direction, channel}, bin.last);
    }
  }
  for (const performance::ServiceLevel& level : performance.this_month) {
    out.add("caspilink_fibre_pair_known_seconds", {level.fibre_pair}, level.known_seconds);
    if (level.availability) {
      out.add("caspilink_fibre_pair_availability_ratio", {level.fibre_pair}, *level.availability);
    }
  }
  out.add("caspilink_performance_intervals_to_correct", {},
          static_cast<double>(performance.intervals_to_correct));
}

void add_written(Families& out, const std::vector<remote_write::Status>& receivers) {
  for (const remote_write::Status& status : receivers) {
    const std::string& receiver = status.receiver;
    out.add("caspilink_collector_remote_write_samples_total", {receiver}, status.samples);
    out.add("caspilink_collector_remote_write_dropped_samples_total", {receiver, "too_old"},
            status.too_old);
    out.add("caspilink_collector_remote_write_dropped_samples_total", {receiver, "refused"},
            status.refused);
    out.add("caspilink_collector_remote_write_failed_requests_total", {receiver},
            status.failed_requests);
    if (status.last_success_unix_ns) {
      out.add("caspilink_collector_remote_write_last_success_timestamp_seconds", {receiver},
              to_seconds(*status.last_success_unix_ns));
    }
    out.add("caspilink_collector_remote_write_delay_seconds", {receiver},
            to_seconds(status.delay_ns));
  }
}

void add_plant(Families& out, const plant::Plant& plant) {
  out.add("caspilink_plant_info", {plant.name, plant::to_string(plant.kind)}, 1.0);
  if (plant.laid_route) {
    out.add("caspilink_plant_position_list_info",
            {plant.laid_route->illustrative ? "illustrative" : "surveyed"}, 1.0);
  }
  for (const auto& station : plant.stations) {
    out.add("caspilink_station_info",
            {station.id, &station == &plant.a() ? "a" : "b", station.name, station.operator_name},
            1.0);
  }
}

void add_agents(Families& out, const Snapshot& snapshot) {
  for (const auto& [station, agent] : snapshot.agents) {
    out.add("caspilink_collector_agent_connected", {station}, agent.streams > 0 ? 1.0 : 0.0);
    if (agent.newest_sample_unix_ns) {
      out.add("caspilink_collector_agent_last_sample_timestamp_seconds", {station},
              to_seconds(*agent.newest_sample_unix_ns));
    }
    for (const auto& [source, newest] : agent.newest_of_source_unix_ns) {
      if (newest == fleet::kNeverHeard) continue;
      out.add("caspilink_collector_source_last_sample_timestamp_seconds", {station, source},
              to_seconds(newest));
    }
    out.add("caspilink_collector_batches_total", {station}, agent.batches);
    out.add("caspilink_collector_samples_total", {station}, agent.samples);
    out.add("caspilink_collector_duplicate_batches_total", {station}, agent.duplicate_batches);
    out.add("caspilink_collector_refused_batches_total", {station}, agent.refused_batches);
    for (std::size_t reason = 1; reason < agent.set_aside.size(); ++reason) {
      out.add("caspilink_collector_rejected_samples_total",
              {station, store::to_string(static_cast<store::SetAside>(reason))},
              agent.set_aside[reason]);
    }
  }
  for (const auto& [reason, count] : snapshot.refused_agents) {
    out.add("caspilink_collector_refused_agents_total", {reason}, count);
  }
  for (const auto& [reason, count] : snapshot.refused_queries) {
    out.add("caspilink_collector_refused_queries_total", {reason}, count);
  }
  for (const auto& [station, reasons] : snapshot.limited_agents) {
    for (const auto& [reason, count] : reasons) {
      out.add("caspilink_collector_limited_agents_total", {station, reason}, count);
    }
  }
}

void add_twin(Families& out, const twin::TwinStatus& twin) {
  out.add("caspilink_collector_twin_evaluations_total", {}, twin.evaluations);
  out.add("caspilink_collector_twin_failures_total", {}, twin.failures);
  if (twin.evaluations > 0) {
    out.add("caspilink_collector_twin_last_delay_seconds", {}, twin.last_delay_seconds);
  }
}

void add_store(Families& out, const Snapshot& snapshot) {
  const store::StoreStatus& status = snapshot.store;
  out.add("caspilink_collector_store_size_bytes", {}, status.bytes);
  out.add("caspilink_collector_store_batches", {}, status.batches);
  out.add("caspilink_collector_store_queued_batches", {}, status.queued_batches);
  out.add("caspilink_collector_store_commits_total", {}, status.commits);
  out.add("caspilink_collector_store_failed_commits_total", {}, status.failed_commits);
  out.add("caspilink_collector_store_last_commit_duration_seconds", {}, status.last_commit_seconds);
  out.add("caspilink_collector_snapshot_timestamp_seconds", {}, to_seconds(snapshot.time_unix_ns));
}

}  // namespace

std::string render(const Snapshot& snapshot) {
  Families out(3 * snapshot.observed.size() + snapshot.model->expectations().size());
  add_observed(out, snapshot);
  add_expected(out, snapshot);
  add_directions(out, snapshot.assessment);
  add_alarms(out, snapshot);
  add_plant(out, snapshot.model->plant());
  add_agents(out, snapshot);
  add_twin(out, snapshot.twin);
  add_store(out, snapshot);
  add_written(out, snapshot.written);
  if (snapshot.performance != nullptr) add_performance(out, *snapshot.performance);
  return out.take();
}

}  // namespace caspilink::exposition
