#include "collector/page/view.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "collector/page/route.h"

namespace caspilink::page {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNanosPerMilli = 1e6;

// Rounded to what a page can show; nothing and what is not finite is null.
Json number(double value, double step = 1e-3) {
  if (!std::isfinite(value)) return nullptr;
  const double rounded = std::round(value / step) * step;
  return std::round(rounded * 1e9) / 1e9;
}
template <typename T>
Json number(const std::optional<T>& value, double step = 1e-3) {
  if (!value) return nullptr;
  if constexpr (std::is_arithmetic_v<T>) {
    return number(static_cast<double>(*value), step);
  } else {
    return number(value->value(), step);
  }
}
Json flag(const std::optional<bool>& value) { return value ? Json(*value) : Json(nullptr); }
// Milliseconds since 1970, which JavaScript's numbers hold.
Json time_of(std::int64_t unix_ns) {
  return static_cast<std::int64_t>(static_cast<double>(unix_ns) / kNanosPerMilli);
}
Json time_of(const std::optional<std::int64_t>& unix_ns) {
  return unix_ns && *unix_ns != fleet::kNeverHeard ? time_of(*unix_ns) : Json(nullptr);
}

Json plant_of(const plant::Plant& plant, const Route& route) {
  Json stations = Json::array();
  for (const plant::Station& station : plant.stations) {
    stations.push_back({{"id", station.id},
                        {"name", station.name},
                        {"operator", station.operator_name},
                        {"km", number(&station == &plant.a() ? 0 : route.length_km())}});
  }
  Json elements = Json::array();
  for (const RouteStop& stop : route.stops()) {
    elements.push_back(
        {{"name", stop.name},
         {"kind", stop.kind},
         {"from_km", number(stop.from_km)},
         {"to_km", number(stop.to_km)},
         {"direction", stop.direction ? Json(plant::to_string(*stop.direction)) : Json(nullptr)}});
  }
  const plant::AlarmThresholds& thresholds = plant.thresholds;
  return {{"name", plant.name},
          {"description", plant.description},
          {"kind", plant::to_string(plant.kind)},
          {"length_km", number(route.length_km())},
          {"stations", std::move(stations)},
          {"elements", std::move(elements)},
          {"margin_minor_db", number(thresholds.q_margin_minor.value())},
          {"margin_critical_db", number(thresholds.q_margin_critical.value())},
          {"latency_tolerance_s", number(thresholds.latency_tolerance.value(), 1e-6)}};
}

// Total power at the ends of everything between the two stations' line ports, the way the light
// goes.
Json expected_profile(const budget::LinkBudget& budget, double start_km) {
  Json points =
      Json::array({Json::array({number(start_km), number(budget.line_output_power.value())})});
  double km = start_km;
  for (const budget::TraceEntry& entry : budget.trace) {
    const bool of_the_line = entry.kind == "span" || entry.kind == "repeater" ||
                             entry.kind == "in-line amplifier" || entry.kind == "ropa" ||
                             entry.kind == "roadm";
    if (of_the_line) {
      points.push_back({number(km), number(entry.total_power_in.value())});
      points.push_back({number(entry.from_a.value()), number(entry.total_power_out.value())});
    }
    km = entry.from_a.value();
  }
  return points;
}

using DirectionKey = std::pair<std::string_view, plant::Direction>;

// Total powers that equipment reports, with where they belong.
std::map<DirectionKey, Json> observed_profiles(const exposition::Snapshot& snapshot,
                                               const Route& route) {
  using codec::Quantity;
  std::map<DirectionKey, Json> points;
  const plant::Plant& plant = snapshot.model->plant();
  for (const exposition::Observed& seen : snapshot.observed) {
    const fleet::Place& place = seen.place;
    if (!place.direction) continue;
    const bool to_b = *place.direction == plant::Direction::kAToB;
    std::optional<double> km;
    std::string what;
    switch (place.quantity) {
      case Quantity::kLineOutputPower:
        km = to_b ? 0 : route.length_km();
        what = "line output of " + plant::sender(plant, *place.direction).name;
        break;
      case Quantity::kLineInputPower:
        km = to_b ? route.length_km() : 0;
        what = "line input of " + plant::receiver(plant, *place.direction).name;
        break;
      case Quantity::kRepeaterInputPower:
      case Quantity::kRepeaterOutputPower:
        if (const RouteStop* stop = route.find(place.element)) km = stop->from_km;
        what = (place.quantity == Quantity::kRepeaterInputPower ? "input of " : "output of ") +
               place.element;
        break;
      default:
        break;
    }
    if (!km) continue;
    points[{place.fibre_pair, *place.direction}].push_back(
        {{"km", number(*km)},
         {"dbm", number(seen.value)},
         {"what", std::move(what)},
         {"expected_dbm", number(snapshot.model->expected(place))}});
  }
  return points;
}

Json channel_of(const assess::ChannelAssessment& channel) {
  const auto& power = channel.of(codec::Quantity::kChannelInputPower);
  return {{"number", channel.number},
          {"verdict", assess::to_string(channel.verdict)},
          {"margin_db", number(channel.margin)},
          {"expected_margin_db", number(channel.expected_margin.value())},
          {"power_residual_db", power ? number(power->residual) : Json(nullptr)},
          {"no_light", flag(channel.no_light)}};
}

// Fitted to history; null while that is too short.
Json ageing_of(const assess::DirectionAssessment& line) {
  if (!line.ageing) return nullptr;
  Json told = {{"channel", line.ageing_channel},
               {"per_year_db", number(line.ageing->per_year.value)},
               {"runs_out", time_of(line.ageing->runs_out_unix_ns)}};
  if (const auto& end = line.ageing->margin_end_of_life) {
    told["end_of_life_margin_db"] = number(end->value);
    told["end_of_life_margin_least_db"] = number(end->low);
  }
  return told;
}

// What is off its model, by quantity; what is not is only counted.
Json off_of(const assess::DirectionAssessment& line) {
  Json off = Json::array();
  for (const assess::QuantityAssessment& quantity : line.quantities) {
    if (quantity.verdict != assess::Verdict::kMarginLow &&
        quantity.verdict != assess::Verdict::kBelowBudget) {
      continue;
    }
    const codec::QuantityInfo& info = codec::info(quantity.quantity);
    off.push_back({{"quantity", info.name},
                   {"unit", info.unit},
                   {"verdict", assess::to_string(quantity.verdict)},
                   {"channel", quantity.channel},
                   {"element", quantity.element},
                   {"observed", quantity.worst.observed},
                   {"expected", quantity.worst.expected},
                   {"uncertainty", quantity.worst.uncertainty}});
  }
  return off;
}

Json directions_of(const exposition::Snapshot& snapshot, const twin::Design& design,
                   const Route& route) {
  auto observed = observed_profiles(snapshot, route);
  Json directions = Json::array();
  for (const assess::DirectionAssessment& line : snapshot.assessment.directions) {
    std::optional<Db> expected;
    Json channels = Json::array();
    for (const assess::ChannelAssessment& channel : line.channels) {
      if (!expected || channel.expected_margin < *expected) expected = channel.expected_margin;
      channels.push_back(channel_of(channel));
    }
    const bool to_b = line.direction == plant::Direction::kAToB;
    Json points = std::move(observed[{line.fibre_pair, line.direction}]);
    directions.push_back(
        {{"pair", line.fibre_pair},
         {"direction", plant::to_string(line.direction)},
         {"sender", line.sender},
         {"receiver", line.receiver},
         {"verdict", assess::to_string(line.verdict)},
         {"no_light", flag(line.no_light)},
         {"sent_no_light", flag(line.sent_no_light)},
         {"margin_db", number(line.margin)},
         {"expected_margin_db", number(expected)},
         {"end_of_life_margin_db",
          number(design.margin_end_of_life(line.fibre_pair, line.direction))},
         {"ageing", ageing_of(line)},
         {"month_ago_db", number(assess::margin_from_month_ago(line))},
         {"power_month_ago_db", number(line.receive_power_from_month_ago)},
         {"remarks", line.remarks},
         {"compared", line.quantities.size()},
         {"off", off_of(line)},
         {"channels", std::move(channels)},
         {"expected_profile",
          expected_profile(snapshot.model->budget(line.fibre_pair, line.direction),
                           to_b ? 0 : route.length_km())},
         {"observed_profile", points.is_null() ? Json::array() : std::move(points)}});
  }
  return directions;
}

Json paths_of(const assess::Assessment& assessment) {
  Json paths = Json::array();
  for (const assess::PathAssessment& path : assessment.paths) {
    paths.push_back(
        {{"pair", path.fibre_pair},
         {"station", path.station},
         {"peer", path.peer},
         {"verdict", assess::to_string(path.verdict)},
         {"expected_s", number(path.expected.value(), 1e-7)},
         {"round_trip_s",
          path.residual ? number((path.expected + *path.residual).value(), 1e-7) : Json(nullptr)},
         {"probe_loss", number(path.probe_loss, 1e-4)}});
  }
  return paths;
}

// Where an alarm is on the drawn route: the position found, else the element named, else the
// station or the whole line.
Json place_of(const alarms::Alarm& alarm, const plant::Plant& plant, const Route& route) {
  const auto range = [](double from_km, double to_km, std::string_view by) -> Json {
    return {{"from_km", number(from_km)}, {"to_km", number(to_km)}, {"by", by}};
  };
  if (const auto& position = alarm.cause.position) {
    Json found =
        range(std::max(0.0, position->km - position->uncertainty_km),
              std::min(route.length_km(), position->km + position->uncertainty_km), "position");
    if (const auto on_earth = plant::position_of(plant, Kilometers(position->km))) {
      found["coordinates"] = plant::to_string(*on_earth, plant.laid_route->illustrative);
    }
    return found;
  }
  for (const std::string* name : {&alarm.cause.element, &alarm.key.element}) {
    if (const RouteStop* stop = route.find(*name)) {
      return range(stop->from_km, stop->to_km, "element");
    }
  }
  if (!alarm.key.station.empty()) {
    const double km = alarm.key.station == plant.a().id ? 0 : route.length_km();
    return range(km, km, "station");
  }
  using enum alarms::Type;
  if (alarm.key.type == kStoreFailing) return nullptr;
  return range(0, route.length_km(), "line");
}

Json alarm_of(const alarms::Alarm& alarm, const plant::Plant& plant, const Route& route) {
  const auto& key = alarm.key;
  Json told = {{"id", alarm.id},
               {"parent", alarm.parent},
               {"type", alarms::to_string(key.type)},
               {"qualifier", key.qualifier},
               {"severity", alarms::to_string(alarm.severity)},
               {"text", alarm.text},
               {"raised", time_of(alarm.raised_unix_ns)},
               {"station", key.station},
               {"pair", key.fibre_pair},
               {"direction", key.direction ? plant::to_string(*key.direction) : ""},
               {"channel", key.channel},
               {"element", key.element},
               {"source", key.source},
               {"cause", alarm.cause.text},
               {"cause_element", alarm.cause.element},
               {"placed_by", alarm.cause.by},
               {"place", place_of(alarm, plant, route)},
               {"flapping", alarm.flapping},
               {"maintenance", alarm.maintenance != 0}};
  if (const auto& word = alarm.acknowledged) {
    told["acknowledged"] = {
        {"by", word->by}, {"note", word->note}, {"at", time_of(word->at_unix_ns)}};
  }
  if (const auto& shelf = alarm.shelved) {
    told["shelved"] = {
        {"by", shelf->by}, {"note", shelf->note}, {"until", time_of(shelf->until_unix_ns)}};
  }
  return told;
}

Json alarms_of(const exposition::Snapshot& snapshot, const Route& route) {
  std::vector<const alarms::Alarm*> all;
  all.reserve(snapshot.alarms.size());
  for (const alarms::AlarmPtr& alarm : snapshot.alarms) all.push_back(alarm.get());
  std::sort(all.begin(), all.end(), [](const alarms::Alarm* a, const alarms::Alarm* b) {
    const auto rank = [](const alarms::Alarm& alarm) {
      return std::tuple(alarm.parent != 0, !alarms::notifies(alarm), -int(alarm.severity),
                        -alarm.raised_unix_ns, alarm.id);
    };
    return rank(*a) < rank(*b);
  });
  Json listed = Json::array();
  for (std::size_t i = 0; i < std::min(all.size(), kMostAlarms); ++i) {
    listed.push_back(alarm_of(*all[i], snapshot.model->plant(), route));
  }
  return listed;
}

Json agents_of(const exposition::Snapshot& snapshot) {
  Json agents = Json::array();
  for (const assess::StationAssessment& station : snapshot.assessment.stations) {
    Json told = {{"station", station.station}, {"silent", station.silent}};
    const auto found = snapshot.agents.find(station.station);
    const bool known = found != snapshot.agents.end();
    told["streams"] = known ? found->second.streams : 0;
    Json sources = Json::array();
    if (known) {
      for (const auto& [name, newest] : found->second.newest_of_source_unix_ns) {
        sources.push_back({{"name", name}, {"newest", time_of(std::optional(newest))}});
      }
    }
    told["newest"] = time_of(station.newest_sample_unix_ns);
    told["samples"] = known ? found->second.samples : 0;
    told["sources"] = std::move(sources);
    agents.push_back(std::move(told));
  }
  return agents;
}

}  // namespace

std::string render(const exposition::Snapshot& snapshot, const twin::Design& design) {
  const Route route(snapshot.model->plant());
  const Json view = {{"version", CASPILINK_VERSION},
                     {"plant", plant_of(snapshot.model->plant(), route)},
                     {"directions", directions_of(snapshot, design, route)},
                     {"paths", paths_of(snapshot.assessment)},
                     {"alarms", alarms_of(snapshot, route)},
                     {"alarms_standing", snapshot.alarms.size()},
                     {"agents", agents_of(snapshot)},
                     {"store_failing", snapshot.store.failing}};
  // Agents' names need not be UTF-8.
  return view.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace caspilink::page
