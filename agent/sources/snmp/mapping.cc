#include "agent/sources/snmp/mapping.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "agent/sources/number.h"
#include "agent/sources/snmp/entity_sensor.h"

namespace caspilink::snmp {
namespace {

using codec::MeasurementPoint;
using Kind = Value::Kind;

const Oid kSysUpTime{{1, 3, 6, 1, 2, 1, 1, 3, 0}};
constexpr double kTicksOfTheCounter = 4294967296.0;  // TimeTicks come round after 497 days
constexpr double kTicksPerHour = 360'000;

bool is_there(const Value& value) {
  return value.kind != Kind::kNoSuchObject && value.kind != Kind::kNoSuchInstance &&
         value.kind != Kind::kEndOfMib;
}

Result<sources::Number> number_of(const Value& value, codec::Quantity quantity) {
  switch (value.kind) {
    case Kind::kNumber:
      return value.number;
    case Kind::kCounter:
      return static_cast<double>(value.counter);
    case Kind::kText:
      return sources::text_number(value.text, sources::form_of(quantity));
    default:
      return fail(ErrorCode::kInvalidInput, "", "a value of a kind that holds no number");
  }
}

std::optional<std::int64_t> integer_of(const Walked& column, const Oid& index) {
  const auto found = column.rows.find(index);
  if (found == column.rows.end() || found->second.kind != Kind::kNumber) return std::nullopt;
  return std::llround(found->second.number);
}

// A row's name as people read it, which is what patterns are written for and what may go out as
// text; nothing where it is not printable ASCII.
std::optional<std::string> name_in(const Value& value) {
  if (value.kind != Kind::kText) return std::nullopt;
  std::string_view text = value.text;
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\0')) text.remove_suffix(1);
  const auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (text.empty() || !std::ranges::all_of(text, printable)) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> row_name(const Answers& answers, const std::optional<Oid>& name_column,
                                    const Oid& index) {
  if (!name_column) return index.text();
  const auto column = answers.columns.find(*name_column);
  if (column == answers.columns.end()) return std::nullopt;
  const auto row = column->second.rows.find(index);
  return row == column->second.rows.end() ? std::nullopt : name_in(row->second);
}

bool is_whole(const Answers& answers, const Oid& column) {
  const auto found = answers.columns.find(column);
  return found != answers.columns.end() && found->second.whole;
}

}  // namespace

struct Mapping::Round {
  const Answers& answers;
  const std::int64_t now_unix_ns;
  Mapped mapped;
  std::set<MeasurementPoint> emitted;

  void complain(const char* kind, std::string example) {
    ++mapped.errors[kind];
    if (mapped.example.empty()) mapped.example = std::move(example);
  }
};

Mapping::Mapping(TargetConfiguration target) : target_(std::move(target)) {
  questions_.objects.push_back(kSysUpTime);
  for (const Point& point : target_.points) questions_.objects.push_back(point.oid);
  const auto walk = [&](const Oid& column) {
    if (std::ranges::find(questions_.columns, column) == questions_.columns.end()) {
      questions_.columns.push_back(column);
    }
  };
  for (const Table& table : target_.tables) {
    if (table.name_column) walk(*table.name_column);
    for (const Column& column : table.columns) walk(column.oid);
  }
  if (!target_.sensors) return;
  namespace es = entity_sensor;
  walk(target_.sensors->name_column);
  for (const Oid& column :
       {es::kType, es::kScale, es::kPrecision, es::kValue, es::kOperStatus, es::kUnitsDisplay}) {
    walk(column);
  }
}

Mapped Mapping::map(const Answers& answers, std::int64_t now_unix_ns) {
  Round round{.answers = answers, .now_unix_ns = now_unix_ns, .mapped = {}, .emitted = {}};
  round.mapped.restarted = restarted(answers);
  if (round.mapped.restarted) counters_.clear();
  for (const Point& point : target_.points) map_point(point, round);
  for (const Table& table : target_.tables) map_table(table, round);
  if (target_.sensors) map_sensors(round);
  return std::move(round.mapped);
}

bool Mapping::restarted(const Answers& answers) {
  const auto found = answers.objects.find(kSysUpTime);
  if (found == answers.objects.end() || found->second.kind != Kind::kNumber) return false;
  const double before = uptime_.value_or(0);
  const double now = found->second.number;
  uptime_ = now;
  // Coming round after 497 days looks like a restart, but for how far it went.
  return now < before && now + kTicksOfTheCounter - before > kTicksPerHour;
}

void Mapping::emit(const MeasurementPoint& point, codec::Reading reading, double value,
                   Round& round) {
  if (!round.emitted.insert(point).second) {
    return round.complain(
        "ambiguous",
        fmt::format("a second {} of '{}'", codec::info(point.quantity).name, point.component));
  }
  round.mapped.observations.push_back(
      {.point = point, .time_unix_ns = round.now_unix_ns, .reading = reading, .value = value});
}

void Mapping::take(const MeasurementPoint& point, const Meaning& meaning, const Value& value,
                   Round& round) {
  const auto refuse = [&](const std::string& why) {
    round.complain("invalid_value", fmt::format("{} of '{}': {}", codec::info(point.quantity).name,
                                                point.component, why));
  };
  if (meaning.difference) {
    if (value.kind != Kind::kCounter) return refuse("a difference wants a counter");
    const auto before = counters_.find(point);
    const std::uint64_t modulus_less_1 = value.wide ? UINT64_MAX : UINT32_MAX;
    const auto grown = before == counters_.end()
                           ? std::nullopt
                           : std::optional((value.counter - before->second) & modulus_less_1);
    counters_[point] = value.counter;
    if (!grown) return;  // the first of its kind, or since a restart
    return emit(point, codec::Reading::kValue, meaning.scale.apply(static_cast<double>(*grown)),
                round);
  }
  auto number = number_of(value, point.quantity);
  if (!number) return refuse(number.error().detail);
  if (*number && meaning.no_value == **number) number->reset();
  if (*number) number = meaning.scale.apply(**number);
  const auto judged = sources::judge(point.quantity, *number, target_.no_light_at_or_below_dbm);
  if (!judged) return refuse(judged.error().detail);
  emit(point, judged->reading, judged->value, round);
}

void Mapping::map_point(const Point& configured, Round& round) {
  const auto found = round.answers.objects.find(configured.oid);
  if (found == round.answers.objects.end()) return;  // the agent failed to answer it
  const MeasurementPoint point{.quantity = configured.meaning.quantity,
                               .source = target_.name,
                               .component = configured.oid.text(),
                               .fibre_pair = configured.place.fibre_pair,
                               .channel = configured.place.channel,
                               .element = configured.place.element};
  if (is_there(found->second)) {
    had_.insert(point);
    return take(point, configured.meaning, found->second, round);
  }
  const bool gone = found->second.kind != Kind::kNoSuchObject && had_.contains(point);
  emit(point, gone ? codec::Reading::kWithdrawn : codec::Reading::kNotSupported, 0, round);
}

void Mapping::map_table(const Table& table, Round& round) {
  for (const Column& column : table.columns) {
    const auto walked = round.answers.columns.find(column.oid);
    if (walked == round.answers.columns.end()) continue;
    const auto scope = codec::info(column.meaning.quantity).scope;
    std::set<MeasurementPoint> present;
    for (const auto& [index, value] : walked->second.rows) {
      const auto name = row_name(round.answers, table.name_column, index);
      std::optional<sources::Place> place;
      for (auto rule = table.names.begin(); name && !place && rule != table.names.end(); ++rule) {
        place = rule->place(scope, *name);
      }
      ++(place ? round.mapped.rows_with_place : round.mapped.rows_without);
      if (!place) continue;
      const MeasurementPoint point{.quantity = column.meaning.quantity,
                                   .source = target_.name,
                                   .component = *name,
                                   .fibre_pair = place->fibre_pair,
                                   .channel = place->channel,
                                   .element = place->element};
      present.insert(point);
      take(point, column.meaning, value, round);
    }
    const bool whole =
        walked->second.whole && (!table.name_column || is_whole(round.answers, *table.name_column));
    if (whole) withdraw_gone(column.oid, present, round);
  }
}

void Mapping::withdraw_gone(const Oid& column, const std::set<MeasurementPoint>& present,
                            Round& round) {
  for (const MeasurementPoint& point : rows_[column]) {
    if (present.contains(point)) continue;
    counters_.erase(point);
    emit(point, codec::Reading::kWithdrawn, 0, round);
  }
  rows_[column] = present;
}

void Mapping::map_sensors(Round& round) {
  namespace es = entity_sensor;
  const Walked none;
  const auto column = [&](const Oid& oid) -> const Walked& {
    const auto found = round.answers.columns.find(oid);
    return found == round.answers.columns.end() ? none : found->second;
  };
  const Walked& values = column(es::kValue);
  const Walked& displays = column(es::kUnitsDisplay);
  std::set<MeasurementPoint> present;
  for (const auto& [index, value] : values.rows) {
    const auto name = row_name(round.answers, target_.sensors->name_column, index);
    std::optional<sources::Place> place;
    auto rule = target_.sensors->rules.begin();
    for (; name && rule != target_.sensors->rules.end(); ++rule) {
      place = rule->name.place(codec::info(rule->quantity).scope, *name);
      if (place) break;
    }
    ++(place ? round.mapped.rows_with_place : round.mapped.rows_without);
    if (!place) continue;
    const MeasurementPoint point{.quantity = rule->quantity,
                                 .source = target_.name,
                                 .component = *name,
                                 .fibre_pair = place->fibre_pair,
                                 .channel = place->channel,
                                 .element = place->element};
    present.insert(point);
    SensorRow row{.type = integer_of(column(es::kType), index),
                  .scale = integer_of(column(es::kScale), index),
                  .precision = integer_of(column(es::kPrecision), index),
                  .value = integer_of(values, index),
                  .oper_status = integer_of(column(es::kOperStatus), index)};
    if (const auto display = displays.rows.find(index); display != displays.rows.end()) {
      row.units_display = display->second.text;
    }
    const auto judged = read_sensor(row, rule->quantity, target_.no_light_at_or_below_dbm);
    if (judged) {
      emit(point, judged->reading, judged->value, round);
    } else {
      round.complain("sensor", fmt::format("'{}': {}", *name, judged.error().detail));
    }
  }
  if (values.whole && is_whole(round.answers, target_.sensors->name_column)) {
    withdraw_gone(es::kValue, present, round);
  }
}

}  // namespace caspilink::snmp
