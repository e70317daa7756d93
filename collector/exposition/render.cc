#include "collector/exposition/render.h"

#include <cassert>
#include <initializer_list>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "collector/exposition/metrics.h"

namespace caspilink::exposition {
namespace {

double to_seconds(std::int64_t unix_ns) { return static_cast<double>(unix_ns) * 1e-9; }

std::string number(std::uint32_t channel) { return channel == 0 ? "" : fmt::to_string(channel); }

std::string text(const std::optional<plant::Direction>& direction) {
  return direction ? std::string(plant::to_string(*direction)) : std::string();
}

// Fills families in the table's order; label names come from the table, values from the caller.
class Families {
 public:
  Families() {
    for (const Metric& metric : metrics()) {
      index_.emplace(metric.name, families_.size());
      auto& family = families_.emplace_back();
      family.name = metric.name;
      family.help = metric.help;
      family.type = metric.type == MetricType::kCounter ? prometheus::MetricType::Counter
                                                        : prometheus::MetricType::Gauge;
    }
  }

  // One value a label of the metric, in the table's order; empty ones are left out.
  void add(std::string_view name, std::initializer_list<std::string_view> values, double value) {
    const auto found = index_.find(name);
    assert(found != index_.end());
    const Metric& metric = metrics()[found->second];
    assert(values.size() == metric.labels.size());
    auto& sample = families_[found->second].metric.emplace_back();
    sample.label.reserve(values.size());
    std::size_t i = 0;
    for (const std::string_view label : values) {
      if (!label.empty()) sample.label.push_back({metric.labels[i], std::string(label)});
      ++i;
    }
    if (metric.type == MetricType::kCounter) {
      sample.counter.value = value;
    } else {
      sample.gauge.value = value;
    }
  }
  void add(std::string_view name, std::initializer_list<std::string_view> values,
           std::uint64_t value) {
    add(name, values, static_cast<double>(value));
  }

  std::vector<prometheus::MetricFamily> take() && {
    std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
    return std::move(families_);
  }

 private:
  std::vector<prometheus::MetricFamily> families_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

void add_place(Families& out, std::string_view metric, const fleet::Place& place, double value) {
  const std::string direction = text(place.direction);
  switch (codec::info(place.quantity).scope) {
    case codec::Scope::kChannel:
      return out.add(metric, {place.station, place.fibre_pair, direction, number(place.channel)},
                     value);
    case codec::Scope::kLine:
      return out.add(metric, {place.station, place.fibre_pair, direction}, value);
    case codec::Scope::kAmplifier:
    case codec::Scope::kElement:
    case codec::Scope::kPump:
    case codec::Scope::kProtection:
      return out.add(metric, {place.station, place.fibre_pair, direction, place.element}, value);
    case codec::Scope::kPath:
      return out.add(metric, {place.station, place.fibre_pair, place.peer}, value);
    case codec::Scope::kModule:
      return out.add(metric, {place.station, place.source, place.element}, value);
    case codec::Scope::kPowerFeed:
      return out.add(metric, {place.station, place.element}, value);
    case codec::Scope::kStation:
      return out.add(metric, {place.station}, value);
  }
}

void add_observed(Families& out, const Snapshot& snapshot) {
  const auto& expectations = snapshot.model->expectations();
  for (const auto& [place, value] : snapshot.observed) {
    const codec::QuantityInfo& info = codec::info(place.quantity);
    add_place(out, info.metric, place, value * info.metric_scale);
    const auto expected = expectations.find(place);
    if (expected == expectations.end()) continue;
    const std::string residual = residual_metric(info);
    if (!residual.empty()) {
      add_place(out, residual, place, (value - expected->second) * info.metric_scale);
    }
  }
  for (const auto& [place, value] : expectations) {
    const codec::QuantityInfo& info = codec::info(place.quantity);
    add_place(out, expected_metric(info), place, value * info.metric_scale);
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
      for (const auto verdict : assess::kVerdicts) {
        out.add(
            "caspilink_channel_verdict",
            {line.receiver, line.fibre_pair, direction, channel_number, assess::to_string(verdict)},
            channel.verdict == verdict ? 1.0 : 0.0);
      }
    }
    if (line.no_light) {
      out.add("caspilink_line_no_light", {line.receiver, line.fibre_pair, direction},
              *line.no_light ? 1.0 : 0.0);
    }
    if (line.margin) {
      out.add("caspilink_direction_margin_decibels", {line.fibre_pair, direction},
              line.margin->value());
    }
    for (const auto verdict : assess::kVerdicts) {
      out.add("caspilink_direction_verdict",
              {line.fibre_pair, direction, assess::to_string(verdict)},
              line.verdict == verdict ? 1.0 : 0.0);
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
    add("caspilink_alarm_position_kilometers", alarm->cause.position->km);
    add("caspilink_alarm_position_uncertainty_kilometers", alarm->cause.position->uncertainty_km);
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

void add_plant(Families& out, const plant::Plant& plant) {
  out.add("caspilink_plant_info", {plant.name, plant::to_string(plant.kind)}, 1.0);
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

std::vector<prometheus::MetricFamily> render(const Snapshot& snapshot) {
  Families out;
  add_observed(out, snapshot);
  add_directions(out, snapshot.assessment);
  add_alarms(out, snapshot);
  add_plant(out, snapshot.model->plant());
  add_agents(out, snapshot);
  add_store(out, snapshot);
  if (snapshot.performance != nullptr) add_performance(out, *snapshot.performance);
  return std::move(out).take();
}

std::vector<prometheus::MetricFamily> SnapshotCollectable::Collect() const {
  const auto snapshot = board_->latest();
  return snapshot ? render(*snapshot) : std::vector<prometheus::MetricFamily>();
}

}  // namespace caspilink::exposition
