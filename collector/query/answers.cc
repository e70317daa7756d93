#include "collector/query/answers.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "collector/core/alarm_record.h"
#include "collector/locate/line_map.h"
#include "collector/query/messages.h"
#include "collector/store/history.h"

namespace caspilink::query {
namespace {

constexpr std::uint32_t kUsualAlarms = 1'000;
constexpr std::uint32_t kMostAlarms = 10'000;
constexpr std::uint32_t kUsualBaselines = 10'000;
constexpr std::uint32_t kMostBaselines = 50'000;

void write(const assess::ChannelAssessment& channel, wire::ChannelState& out) {
  out.set_number(channel.number);
  out.set_verdict(on_the_wire(channel.verdict));
  if (channel.margin) out.set_margin_db(channel.margin->value());
  out.set_expected_margin_db(channel.expected_margin.value());
  if (const auto& power = channel.of(codec::Quantity::kChannelInputPower)) {
    out.set_power_residual_db(power->residual);
  }
  if (channel.no_light) out.set_no_light(*channel.no_light);
}

// The worse of two, where either is known.
void keep_worse(std::optional<Db>& worst, const std::optional<Db>& other) {
  if (other && (!worst || *other < *worst)) worst = other;
}

void write(const assess::PathAssessment& path, wire::PathState& out) {
  out.set_station(path.station);
  out.set_peer(path.peer);
  out.set_fibre_pair(path.fibre_pair);
  out.set_verdict(on_the_wire(path.verdict));
  out.set_expected_round_trip_s(path.expected.value());
  if (path.residual) out.set_round_trip_s(path.expected.value() + path.residual->value());
  if (path.probe_loss) out.set_probe_loss_ratio(*path.probe_loss);
}

const assess::StationAssessment* station_of(const assess::Assessment& assessment,
                                            const std::string& id) {
  const auto found =
      std::ranges::find(assessment.stations, id, &assess::StationAssessment::station);
  return found == assessment.stations.end() ? nullptr : &*found;
}

bool passes(const alarms::Alarm& alarm, const wire::ListAlarmsRequest& request) {
  return (request.type().empty() || alarms::to_string(alarm.key.type) == request.type()) &&
         on_the_wire(alarm.severity) >= request.at_least() &&
         (request.station().empty() || alarm.key.station == request.station()) &&
         (request.fibre_pair().empty() || alarm.key.fibre_pair == request.fibre_pair()) &&
         (!request.roots_only() || alarm.parent == 0) &&
         (request.parent() == 0 || alarm.parent == request.parent()) &&
         (request.id() == 0 || alarm.id == request.id()) &&
         alarm.raised_unix_ns >= request.raised_from_unix_ns() &&
         (request.raised_until_unix_ns() == 0 ||
          alarm.raised_unix_ns < request.raised_until_unix_ns());
}

// Newest first, as many as asked for; whether there were more.
Result<bool> past_alarms(const Sources& sources, const wire::ListAlarmsRequest& request,
                         std::size_t limit, std::vector<alarms::Alarm>& found) {
  auto history = store::History::open(sources.store_dir);
  if (!history) return tl::unexpected(history.error());
  std::map<std::uint64_t, alarms::Alarm> newest;  // by id, which grows with time
  bool more = false;
  const auto read = (*history)->alarms([&](const store::AlarmRecord& record) {
    auto alarm = core::alarm_of(record);
    if (!alarm || !passes(*alarm, request)) return;
    newest.insert_or_assign(alarm->id, std::move(*alarm));
    if (newest.size() > limit) {
      newest.erase(newest.begin());
      more = true;
    }
  });
  if (!read) return tl::unexpected(read.error());
  for (auto alarm = newest.rbegin(); alarm != newest.rend(); ++alarm) {
    found.push_back(std::move(alarm->second));
  }
  return more;
}

Result<alarms::Alarm> alarm_with(const Sources& sources, std::uint64_t id) {
  for (const alarms::AlarmPtr& alarm : sources.snapshot.alarms) {
    if (alarm->id == id) return *alarm;
  }
  wire::ListAlarmsRequest request;
  request.set_id(id);
  std::vector<alarms::Alarm> found;
  const auto read = past_alarms(sources, request, 1, found);
  if (!read) return tl::unexpected(read.error());
  if (found.empty()) return fail(ErrorCode::kNotFound, "", fmt::format("no alarm {}", id));
  return found.front();
}

void add_distances(const plant::Plant& plant, double km, wire::LocateResponse& response) {
  const double length = plant::length_of(plant).value();
  for (const bool b : {false, true}) {
    auto& distance = *response.add_distances();
    distance.set_station((b ? plant.b() : plant.a()).id);
    distance.set_km(b ? length - km : km);
  }
}

}  // namespace

Result<void> require_on_plant(const plant::Plant& plant, const std::string& station,
                              const std::string& fibre_pair) {
  if (!station.empty() && plant::find_station(plant, station) == nullptr) {
    return fail(ErrorCode::kInvalidInput, "station",
                fmt::format("'{}' is not on the plant", station));
  }
  if (!fibre_pair.empty() && plant::find_fibre_pair(plant, fibre_pair) == nullptr) {
    return fail(ErrorCode::kInvalidInput, "fibre_pair",
                fmt::format("'{}' is not on the plant", fibre_pair));
  }
  return {};
}

Result<void> answer(const Sources& sources, const wire::GetStateRequest& request,
                    wire::GetStateResponse& response) {
  if (auto good = require_on_plant(sources.snapshot.model->plant(), "", request.fibre_pair());
      !good) {
    return good;
  }
  const exposition::Snapshot& snapshot = sources.snapshot;
  const plant::Plant& plant = snapshot.model->plant();
  response.set_time_unix_ns(snapshot.time_unix_ns);
  response.set_plant(plant.name);
  response.set_length_km(plant::length_of(plant).value());
  for (const plant::Station& station : plant.stations) {
    auto& out = *response.add_stations();
    out.set_id(station.id);
    out.set_name(station.name);
    out.set_operator_name(station.operator_name);
    if (const auto* assessed = station_of(snapshot.assessment, station.id)) {
      out.set_silent(assessed->silent);
      if (assessed->newest_sample_unix_ns) {
        out.set_newest_sample_unix_ns(*assessed->newest_sample_unix_ns);
      }
    }
    if (const auto agent = snapshot.agents.find(station.id); agent != snapshot.agents.end()) {
      out.set_open_streams(static_cast<std::uint32_t>(agent->second.streams));
    }
  }
  const auto wanted = [&](const std::string& pair) {
    return request.fibre_pair().empty() || pair == request.fibre_pair();
  };
  for (const auto& direction : snapshot.assessment.directions) {
    if (!wanted(direction.fibre_pair)) continue;
    auto& out = *response.add_directions();
    out.set_fibre_pair(direction.fibre_pair);
    out.set_direction(std::string(plant::to_string(direction.direction)));
    out.set_sender(direction.sender);
    out.set_receiver(direction.receiver);
    out.set_verdict(on_the_wire(direction.verdict));
    if (direction.margin) out.set_margin_db(direction.margin->value());
    if (direction.no_light) out.set_no_light(*direction.no_light);
    for (const std::string& remark : direction.remarks) out.add_remarks(remark);
    for (const auto& quantity : direction.quantities) write(quantity, *out.add_quantities());
    if (const auto margin = assess::margin_from_month_ago(direction)) {
      out.set_margin_from_month_ago_db(margin->value());
    }
    if (const auto& power = direction.receive_power_from_month_ago) {
      out.set_receive_power_from_month_ago_db(power->value());
    }
    if (!request.with_channels()) continue;
    for (const auto& channel : direction.channels) write(channel, *out.add_channels());
  }
  for (const auto& path : snapshot.assessment.paths) {
    if (wanted(path.fibre_pair)) write(path, *response.add_paths());
  }
  std::uint32_t standing = 0;
  wire::Severity worst = wire::SEVERITY_UNSPECIFIED;
  for (const alarms::AlarmPtr& alarm : snapshot.alarms) {
    if (!alarms::notifies(*alarm)) continue;
    ++standing;
    worst = std::max(worst, on_the_wire(alarm->severity));
  }
  response.set_standing_alarms(standing);
  response.set_worst_severity(worst);
  response.set_store_failing(snapshot.store.failing);
  return {};
}

Result<void> answer(const Sources& sources, const wire::GetMarginsRequest& request,
                    wire::GetMarginsResponse& response) {
  if (auto good = require_on_plant(sources.snapshot.model->plant(), "", request.fibre_pair());
      !good) {
    return good;
  }
  response.set_time_unix_ns(sources.snapshot.time_unix_ns);
  for (const auto& direction : sources.snapshot.assessment.directions) {
    if (!request.fibre_pair().empty() && direction.fibre_pair != request.fibre_pair()) continue;
    if (direction.channels.empty()) continue;
    const auto add = [&](std::uint32_t channel, assess::Verdict verdict,
                         const std::optional<Db>& margin, Db expected) -> wire::Margin& {
      auto& out = *response.add_margins();
      out.set_fibre_pair(direction.fibre_pair);
      out.set_direction(std::string(plant::to_string(direction.direction)));
      out.set_channel(channel);
      out.set_verdict(on_the_wire(verdict));
      if (margin) out.set_margin_db(margin->value());
      out.set_expected_margin_db(expected.value());
      return out;
    };
    const auto compare = [](wire::Margin& out, const std::optional<Db>& from_commissioning,
                            const std::optional<Db>& from_month_ago) {
      if (from_commissioning) out.set_from_commissioning_db(from_commissioning->value());
      if (from_month_ago) out.set_from_month_ago_db(from_month_ago->value());
    };
    const auto least = std::ranges::min_element(direction.channels, std::less{},
                                                &assess::ChannelAssessment::expected_margin);
    wire::Margin& all = add(0, direction.verdict, direction.margin, least->expected_margin);
    std::optional<Db> from_commissioning;
    for (const auto& channel : direction.channels) {
      keep_worse(from_commissioning, channel.margin_from_commissioning);
    }
    compare(all, from_commissioning, assess::margin_from_month_ago(direction));
    if (direction.ageing) {
      write(*direction.ageing, *all.mutable_ageing());
      all.mutable_ageing()->set_channel(direction.ageing_channel);
    }
    if (const auto designed =
            sources.design.margin_end_of_life(direction.fibre_pair, direction.direction)) {
      all.set_designed_end_of_life_margin_db(designed->value());
    }
    if (!request.with_channels()) continue;
    for (const auto& channel : direction.channels) {
      wire::Margin& one =
          add(channel.number, channel.verdict, channel.margin, channel.expected_margin);
      compare(one, channel.margin_from_commissioning, channel.margin_from_month_ago);
      if (!channel.ageing) continue;
      write(*channel.ageing, *one.mutable_ageing());
      one.mutable_ageing()->set_channel(channel.number);
    }
  }
  return {};
}

Result<void> answer(const Sources& sources, const wire::ListBaselinesRequest& request,
                    wire::ListBaselinesResponse& response) {
  if (auto good = require_on_plant(sources.snapshot.model->plant(), request.station(),
                                   request.fibre_pair());
      !good) {
    return good;
  }
  if (!request.quantity().empty() && !codec::quantity_from_name(request.quantity())) {
    return fail(ErrorCode::kInvalidInput, "quantity",
                fmt::format("'{}' is not in the table", request.quantity()));
  }
  const auto direction = direction_of(request.direction());
  if (!direction) return tl::unexpected(direction.error());
  if (request.limit() > kMostBaselines) {
    return fail(ErrorCode::kInvalidInput, "limit",
                fmt::format("at most {}, got {}", kMostBaselines, request.limit()));
  }
  const std::uint32_t limit = request.limit() == 0 ? kUsualBaselines : request.limit();
  response.set_time_unix_ns(sources.snapshot.time_unix_ns);
  if (sources.snapshot.baselines == nullptr) return {};
  const auto fits = [](const auto& wanted, const auto& actual) {
    return wanted == std::decay_t<decltype(wanted)>() || wanted == actual;
  };
  for (const twin::BaselineSummary& baseline : *sources.snapshot.baselines) {
    const fleet::Place& place = baseline.place;
    if (!fits(request.quantity(), std::string(codec::info(place.quantity).name)) ||
        !fits(request.station(), place.station) || !fits(request.fibre_pair(), place.fibre_pair) ||
        !fits(*direction, place.direction) || !fits(request.channel(), place.channel)) {
      continue;
    }
    if (static_cast<std::uint32_t>(response.baselines_size()) == limit) {
      response.set_truncated(true);
      break;
    }
    write(baseline, *response.add_baselines());
  }
  return {};
}

Result<alarms::Cause> cause_of(const plant::Plant& plant, const wire::OtdrDistance& otdr) {
  if (otdr.station().empty()) {
    return fail(ErrorCode::kInvalidInput, "station", "expected where it was measured");
  }
  if (auto good = require_on_plant(plant, otdr.station(), ""); !good) {
    return tl::unexpected(good.error());
  }
  const locate::LineMap map(plant);
  const auto finding =
      locate::by_otdr(map, otdr.station() == plant.a().id, Kilometers(otdr.fibre_km()),
                      Kilometers(otdr.uncertainty_km()), otdr.excess_ratio());
  if (!finding) return tl::unexpected(finding.error());
  return locate::cause_of(map, *finding);
}

Result<void> answer(const Sources& sources, const wire::ListAgentsRequest&,
                    wire::ListAgentsResponse& response) {
  const exposition::Snapshot& snapshot = sources.snapshot;
  response.set_time_unix_ns(snapshot.time_unix_ns);
  // The plant's stations, also those whose agent never came.
  for (const assess::StationAssessment& station : snapshot.assessment.stations) {
    auto& out = *response.add_agents();
    out.set_station(station.station);
    out.set_silent(station.silent);
    if (station.newest_sample_unix_ns) {
      out.set_newest_sample_unix_ns(*station.newest_sample_unix_ns);
    }
    const auto found = snapshot.agents.find(station.station);
    if (found == snapshot.agents.end()) continue;
    const fleet::AgentState& agent = found->second;
    out.set_open_streams(static_cast<std::uint32_t>(agent.streams));
    if (const auto lag = agent.live_lag.smallest_ns(snapshot.time_unix_ns)) {
      out.set_live_lag_s(static_cast<double>(*lag) * 1e-9);
    }
    out.set_batches(agent.batches);
    out.set_samples(agent.samples);
    out.set_duplicate_batches(agent.duplicate_batches);
    out.set_refused_batches(agent.refused_batches);
    std::uint64_t set_aside = 0;
    for (const std::uint64_t count : agent.set_aside) set_aside += count;
    out.set_set_aside_samples(set_aside);
    for (const auto& [name, newest] : agent.newest_of_source_unix_ns) {
      auto& source = *out.add_sources();
      source.set_name(name);
      if (newest != fleet::kNeverHeard) source.set_newest_sample_unix_ns(newest);
    }
  }
  return {};
}

Result<void> answer(const Sources& sources, const wire::ListMaintenanceRequest&,
                    wire::ListMaintenanceResponse& response) {
  response.set_time_unix_ns(sources.snapshot.time_unix_ns);
  for (const auto& window : sources.snapshot.maintenance) write(window, *response.add_windows());
  return {};
}

Result<void> answer(const Sources& sources, const wire::ListAlarmsRequest& request,
                    wire::ListAlarmsResponse& response) {
  if (!request.type().empty() && !alarms::type_from_string(request.type())) {
    return fail(ErrorCode::kInvalidInput, "type",
                fmt::format("'{}' is no type of alarm", request.type()));
  }
  // What is past may be of a plant that was.
  if (request.scope() == wire::ListAlarmsRequest::SCOPE_STANDING) {
    if (auto good = require_on_plant(sources.snapshot.model->plant(), request.station(),
                                     request.fibre_pair());
        !good) {
      return good;
    }
  }
  if (request.limit() > kMostAlarms) {
    return fail(ErrorCode::kInvalidInput, "limit",
                fmt::format("at most {}, got {}", kMostAlarms, request.limit()));
  }
  const std::size_t limit = request.limit() == 0 ? kUsualAlarms : request.limit();
  response.set_time_unix_ns(sources.snapshot.time_unix_ns);
  std::vector<alarms::Alarm> found;
  if (request.scope() == wire::ListAlarmsRequest::SCOPE_HISTORY) {
    const auto more = past_alarms(sources, request, limit, found);
    if (!more) return tl::unexpected(more.error());
    response.set_truncated(*more);
  } else {
    for (const alarms::AlarmPtr& alarm : sources.snapshot.alarms) {
      if (passes(*alarm, request)) found.push_back(*alarm);
    }
    std::ranges::sort(found, [](const alarms::Alarm& a, const alarms::Alarm& b) {
      return std::tuple(a.severity, a.raised_unix_ns, a.id) >
             std::tuple(b.severity, b.raised_unix_ns, b.id);
    });
    response.set_truncated(found.size() > limit);
    if (found.size() > limit) found.resize(limit);
  }
  std::map<std::uint64_t, std::uint32_t> consequences;
  for (const alarms::AlarmPtr& alarm : sources.snapshot.alarms) {
    if (alarm->parent != 0) ++consequences[alarm->parent];
  }
  for (const alarms::Alarm& alarm : found) {
    auto& out = *response.add_alarms();
    write(alarm, &sources.snapshot, out);
    if (const auto count = consequences.find(alarm.id); count != consequences.end()) {
      out.set_consequences(count->second);
    }
  }
  return {};
}

Result<void> answer(const Sources& sources, const wire::LocateRequest& request,
                    wire::LocateResponse& response) {
  const plant::Plant& plant = sources.snapshot.model->plant();
  if (request.what_case() == wire::LocateRequest::kDistance) {
    const auto& distance = request.distance();
    if (distance.station().empty()) {
      return fail(ErrorCode::kInvalidInput, "station", "expected where the distance begins");
    }
    if (auto good = require_on_plant(plant, distance.station(), ""); !good) return good;
    const double length = plant::length_of(plant).value();
    if (!(distance.km() >= 0 && distance.km() <= length)) {
      return fail(ErrorCode::kInvalidInput, "km",
                  fmt::format("expected 0 to {:.3f}, got {}", length, distance.km()));
    }
    const double km = distance.station() == plant.a().id ? distance.km() : length - distance.km();
    response.set_position_km(km);
    response.set_element(std::string(locate::LineMap(plant).element_at(km)));
    add_distances(plant, km, response);
    add_coordinates(plant, km, response);
    return {};
  }
  if (request.what_case() == wire::LocateRequest::kOtdr) {
    const auto cause = cause_of(plant, request.otdr());
    if (!cause) return tl::unexpected(cause.error());
    response.set_element(cause->element);
    response.set_cause(cause->text);
    response.set_position_km(cause->position->km);
    response.set_uncertainty_km(cause->position->uncertainty_km);
    add_distances(plant, cause->position->km, response);
    add_coordinates(plant, cause->position->km, response);
    return {};
  }
  if (request.what_case() != wire::LocateRequest::kAlarm) {
    return fail(ErrorCode::kInvalidInput, "",
                "expected an alarm, or a distance of cable or fibre from a station");
  }
  auto alarm = alarm_with(sources, request.alarm());
  if (!alarm) return tl::unexpected(alarm.error());
  // What explains an alarm knows where it is; parents are older than their children or as old, so
  // a chain ends.
  for (int steps = 0; alarm->parent != 0 && steps < static_cast<int>(alarms::kTypeCount); ++steps) {
    auto parent = alarm_with(sources, alarm->parent);
    if (!parent) break;
    alarm = std::move(parent);
  }
  response.set_alarm(alarm->id);
  response.set_element(alarm->cause.element);
  response.set_cause(alarm->cause.text);
  if (alarm->cause.position) {
    response.set_position_km(alarm->cause.position->km);
    response.set_uncertainty_km(alarm->cause.position->uncertainty_km);
    add_distances(plant, alarm->cause.position->km, response);
    add_coordinates(plant, alarm->cause.position->km, response);
  }
  return {};
}

}  // namespace caspilink::query
