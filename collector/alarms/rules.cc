#include "collector/alarms/rules.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "collector/alarms/channel_rules.h"
#include "collector/alarms/drift_rules.h"
#include "collector/alarms/line_rules.h"

namespace caspilink::alarms {
namespace {

constexpr double kNanosPerSecond = 1e9;
// A source that an agent no longer has falls silent too, and is forgotten.
constexpr std::int64_t kSourceForgotten_ns = std::int64_t{24} * 3600 * 1'000'000'000;

double seconds(std::int64_t ns) { return static_cast<double>(ns) / kNanosPerSecond; }

Condition store_failing(const MonitorHealth& health) {
  return {.key = {.type = Type::kStoreFailing},
          .state = health.store_failing ? State::kPresent : State::kAbsent,
          .severity = Severity::kCritical,
          .text = "the store cannot write, nothing is acknowledged"};
}

Key clock_key(const std::string& station) { return {.type = Type::kClockOff, .station = station}; }

Condition clock_off(const std::string& station, const MonitorHealth& health) {
  Condition off{.key = clock_key(station), .severity = Severity::kMinor};
  const auto agent = health.agents.find(station);
  if (agent == health.agents.end() || !agent->second.live_lag_ns) return off;
  const std::int64_t lag = *agent->second.live_lag_ns;
  const bool ahead = lag < -health.allowed_lead_ns;
  const bool behind = lag > health.allowed_lag_ns;
  off.state = ahead || behind ? State::kPresent : State::kAbsent;
  if (off.state == State::kPresent) {
    off.text = fmt::format("{}: live samples are {:.1f} s {} of the collector's clock", station,
                           std::abs(seconds(lag)), ahead ? "ahead" : "behind");
    off.cause = {.element = fmt::format("clock of {}", station),
                 .text = "live batches arrive, their times cannot be true"};
  }
  return off;
}

Condition silence(const assess::StationAssessment& station, std::int64_t now) {
  Condition silent{.key = {.type = Type::kAgentSilent, .station = station.station},
                   .state = State::kAbsent,
                   .severity = Severity::kMajor};
  if (!station.silent && !station.newest_sample_unix_ns) {
    silent.state = State::kUnknown;  // it has not had time to speak since we started
  }
  if (station.silent) {
    silent.state = State::kPresent;
    silent.text = station.newest_sample_unix_ns
                      ? fmt::format("{}: newest sample is {} s old", station.station,
                                    (now - *station.newest_sample_unix_ns) / 1'000'000'000)
                      : fmt::format("{}: no sample since the collector started", station.station);
    silent.cause = {.element = fmt::format("agent of {}", station.station),
                    .text = "the agent, its station or the management network; not the line"};
    silent.explained_by = {clock_key(station.station)};
  }
  return silent;
}

void silent_sources(const assess::StationAssessment& station, const MonitorHealth& health,
                    std::int64_t now, std::vector<Condition>& out) {
  const auto agent = health.agents.find(station.station);
  if (agent == health.agents.end()) return;
  for (const auto& [source, newest] : agent->second.newest_of_source_unix_ns) {
    // Declared and not heard yet: nothing to compare with, as after a start.
    const bool heard = newest != fleet::kNeverHeard;
    const std::int64_t age = heard ? now - newest : 0;
    Condition silent{
        .key = {.type = Type::kSourceSilent, .station = station.station, .source = source},
        .state = State::kAbsent,
        .severity = Severity::kMinor};
    if (station.silent || !heard) {
      silent.state = State::kUnknown;
    } else if (age > health.silence_ns && age < kSourceForgotten_ns) {
      silent.state = State::kPresent;
      silent.text = fmt::format("{}: newest sample of {} is {:.0f} s old", station.station, source,
                                seconds(age));
      silent.explained_by = {clock_key(station.station)};
    }
    out.push_back(std::move(silent));
  }
}

Condition path_lost(const assess::PathAssessment& path, const std::vector<Key>& explanations) {
  Condition lost{
      .key = {.type = Type::kPathLost, .station = path.station, .fibre_pair = path.fibre_pair},
      .severity = Severity::kMajor};
  if (!path.probe_loss) return lost;
  lost.state = *path.probe_loss >= 1 ? State::kPresent : State::kAbsent;
  if (lost.state == State::kPresent) {
    lost.text = fmt::format("{} from {}: no probe to {} is answered", path.fibre_pair, path.station,
                            path.peer);
    lost.explained_by = explanations;
  }
  return lost;
}

// Which way changed, where the clocks tell; else what either would have to be.
std::string lengths_of(const assess::PathAssessment& path) {
  const assess::PathAssessment::FibreChange& change = *path.fibre_change;
  const double km = change.each_way.value();
  if (!path.ways) {
    return fmt::format(
        "{:+.1f} ± {:.1f} km of fibre if both ways changed alike, {:+.1f} km if one did", km,
        change.uncertainty.value(), 2 * km);
  }
  const assess::PathAssessment::Ways& ways = *path.ways;
  const double bound_us = ways.bound.value() * 1e6;
  const auto changed = [&](Seconds by) { return std::abs(by.value()) > ways.bound.value(); };
  const auto told = [&](plant::Direction way, Seconds by) {
    return fmt::format("{} by {:+.1f} us, {:+.1f} km of fibre", plant::to_string(way),
                       by.value() * 1e6, km * by.value() / (path.residual->value() / 2));
  };
  const plant::Direction back = plant::opposite(path.outbound);
  const bool out = changed(ways.outbound);
  const bool in = changed(ways.inbound);
  if (out && in) {
    return fmt::format("both ways changed, {}, and {}, each within {:.1f} us",
                       told(path.outbound, ways.outbound), told(back, ways.inbound), bound_us);
  }
  if (out || in) {
    return fmt::format("one way changed, {}, within {:.1f} us",
                       out ? told(path.outbound, ways.outbound) : told(back, ways.inbound),
                       bound_us);
  }
  return fmt::format(
      "round trip only, {:+.1f} ± {:.1f} km of fibre if both ways changed alike: neither changed "
      "by "
      "more than the {:.1f} us that clocks and stamps leave open",
      km, change.uncertainty.value(), bound_us);
}

// What is known of the cause: a length, and no place.
Cause cause_of(const assess::PathAssessment& path, bool switched) {
  const std::string_view what = switched ? "the path a protection switch has selected"
                                : path.residual->value() > 0
                                    ? "cable a repair put in, or a way round"
                                    : "a shorter way, or a plant file that is too long";
  return {.text = fmt::format("{}: {}; delays do not tell where", lengths_of(path), what)};
}

Condition latency(const assess::PathAssessment& path, const plant::AlarmThresholds& thresholds,
                  const std::vector<Key>& switches, const std::vector<Key>& other_ways) {
  Condition off{.key = {.type = Type::kLatencyOffBudget,
                        .station = path.station,
                        .fibre_pair = path.fibre_pair},
                .severity = Severity::kMinor};
  if (!path.residual) return off;
  const double one_way = std::abs(path.residual->value()) / 2;
  if (one_way > thresholds.latency_tolerance.value()) {
    off.state = State::kPresent;
    off.text = fmt::format(
        "{} from {} to {}: round trip {:+.1f} us from its budget of {:.1f} us, tolerance {:.1f} us",
        path.fibre_pair, path.station, path.peer, path.residual->value() * 1e6,
        path.expected.value() * 1e6, thresholds.latency_tolerance.value() * 2e6);
    off.explained_by = cuts_of(path.fibre_pair);
    off.explained_by.insert(off.explained_by.end(), switches.begin(), switches.end());
    off.explained_by.insert(off.explained_by.end(), other_ways.begin(), other_ways.end());
    if (path.fibre_change) off.cause = cause_of(path, !switches.empty());
  } else {
    off.state = one_way > (thresholds.latency_tolerance - thresholds.latency_hysteresis).value()
                    ? State::kDeadBand
                    : State::kAbsent;
  }
  return off;
}

}  // namespace

std::vector<Condition> conditions_of(const assess::Assessment& assessment,
                                     const plant::AlarmThresholds& thresholds,
                                     const MonitorHealth& health,
                                     const std::vector<EquipmentReading>& equipment,
                                     const std::vector<AlarmPtr>& standing) {
  std::vector<Condition> conditions;
  conditions.push_back(store_failing(health));
  for (const auto& station : assessment.stations) {
    conditions.push_back(clock_off(station.station, health));
    conditions.push_back(silence(station, assessment.time_unix_ns));
    silent_sources(station, health, assessment.time_unix_ns, conditions);
  }
  cut_conditions(assessment, conditions);
  const std::size_t first = conditions.size();
  equipment_conditions(equipment, thresholds, conditions);
  std::map<std::pair<std::string, plant::Direction>, std::vector<Key>> on_the_way;
  std::map<std::string, std::vector<Key>> switches;  // by fibre pair
  for (std::size_t i = first; i < conditions.size(); ++i) {
    const Key& key = conditions[i].key;
    if (conditions[i].state != State::kPresent) continue;
    if (key.type == Type::kProtectionSwitched) switches[key.fibre_pair].push_back(key);
    if (!key.direction) continue;
    on_the_way[{key.fibre_pair, *key.direction}].push_back(key);
  }
  std::set<Key> off_model;
  for (const AlarmPtr& alarm : standing) {
    if (alarm->key.type == Type::kChannelOffModel) off_model.insert(alarm->key);
  }
  std::map<std::string, std::vector<Key>> other_ways;  // by fibre pair
  for (const assess::DirectionAssessment& line : assessment.directions) {
    channel_conditions(line, thresholds,
                       {.equipment = on_the_way[{line.fibre_pair, line.direction}],
                        .switches = switches[line.fibre_pair]},
                       off_model, conditions);
    other_ways[line.fibre_pair].push_back(dispersion_key(line));
  }
  drift_conditions(assessment, conditions);
  for (const auto& path : assessment.paths) {
    // What is not sent takes the probes with it.
    std::vector<Key> silences = cuts_of(path.fibre_pair);
    for (const assess::DirectionAssessment& line : assessment.directions) {
      if (line.fibre_pair != path.fibre_pair) continue;
      silences.push_back(sender_key(Type::kLineNotSent, line));
      silences.push_back({.type = Type::kStationDark, .station = line.sender});
    }
    conditions.push_back(path_lost(path, silences));
    conditions.push_back(
        latency(path, thresholds, switches[path.fibre_pair], other_ways[path.fibre_pair]));
  }
  return conditions;
}

}  // namespace caspilink::alarms
