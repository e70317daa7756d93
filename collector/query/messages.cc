#include "collector/query/messages.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "proto/codec/reading_names.h"

namespace caspilink::query {
namespace {

std::string direction_text(const std::optional<plant::Direction>& direction) {
  return direction ? std::string(plant::to_string(*direction)) : std::string();
}

void write(const twin::Bounded& figure, wire::Bounded& out) {
  out.set_value(figure.value);
  out.set_low(figure.low);
  out.set_high(figure.high);
}

// Of a bin: a quantity of the table, or a count of performance monitoring.
std::string_view unit_of(std::string_view quantity) {
  if (const auto known = codec::quantity_from_name(quantity)) return codec::info(*known).unit;
  if (quantity.ends_with("_seconds")) return "s";
  return "";
}

}  // namespace

wire::Verdict on_the_wire(assess::Verdict verdict) {
  switch (verdict) {
    case assess::Verdict::kWithinBudget:
      return wire::VERDICT_WITHIN_BUDGET;
    case assess::Verdict::kMarginLow:
      return wire::VERDICT_MARGIN_LOW;
    case assess::Verdict::kBelowBudget:
      return wire::VERDICT_BELOW_BUDGET;
    case assess::Verdict::kUnknown:
      break;
  }
  return wire::VERDICT_UNKNOWN;
}

wire::Severity on_the_wire(alarms::Severity severity) {
  switch (severity) {
    case alarms::Severity::kIndeterminate:
      return wire::SEVERITY_INDETERMINATE;
    case alarms::Severity::kWarning:
      return wire::SEVERITY_WARNING;
    case alarms::Severity::kMinor:
      return wire::SEVERITY_MINOR;
    case alarms::Severity::kMajor:
      return wire::SEVERITY_MAJOR;
    case alarms::Severity::kCritical:
      break;
  }
  return wire::SEVERITY_CRITICAL;
}

void write(const alarms::Alarm& alarm, const exposition::Snapshot* snapshot, wire::Alarm& out) {
  out.set_id(alarm.id);
  out.set_type(std::string(alarms::to_string(alarm.key.type)));
  out.set_qualifier(alarm.key.qualifier);
  out.set_severity(on_the_wire(alarm.severity));
  out.set_station(alarm.key.station);
  out.set_fibre_pair(alarm.key.fibre_pair);
  out.set_direction(direction_text(alarm.key.direction));
  out.set_channel(alarm.key.channel);
  out.set_element(alarm.key.element);
  out.set_source(alarm.key.source);
  out.set_text(alarm.text);
  out.set_raised_unix_ns(alarm.raised_unix_ns);
  if (alarm.cleared_unix_ns) out.set_cleared_unix_ns(*alarm.cleared_unix_ns);
  out.set_parent(alarm.parent);
  out.set_flapping(alarm.flapping);
  out.set_flaps(alarm.flaps);
  out.set_cause(alarm.cause.text);
  out.set_cause_element(alarm.cause.element);
  out.set_placed_by(alarm.cause.by);
  if (alarm.cause.position) {
    out.set_position_km(alarm.cause.position->km);
    out.set_position_uncertainty_km(alarm.cause.position->uncertainty_km);
    if (snapshot != nullptr) {
      add_coordinates(snapshot->model->plant(), alarm.cause.position->km, out);
    }
  }
  if (alarm.acknowledged) {
    out.set_acknowledged_by(alarm.acknowledged->by);
    out.set_note(alarm.acknowledged->note);
    out.set_acknowledged_unix_ns(alarm.acknowledged->at_unix_ns);
  }
  if (alarm.shelved) {
    out.set_shelved_by(alarm.shelved->by);
    out.set_shelf_note(alarm.shelved->note);
    out.set_shelved_until_unix_ns(alarm.shelved->until_unix_ns);
  }
  out.set_maintenance(alarm.maintenance);
}

void write(const alarms::MaintenanceWindow& window, wire::MaintenanceWindow& out) {
  out.set_id(window.id);
  out.set_from_unix_ns(window.from_unix_ns);
  out.set_until_unix_ns(window.until_unix_ns);
  out.set_station(window.station);
  out.set_fibre_pair(window.fibre_pair);
  out.set_direction(direction_text(window.direction));
  out.set_element(window.element);
  out.set_by(window.by);
  out.set_note(window.note);
}

void write(const assess::QuantityAssessment& quantity, wire::QuantityState& out) {
  const codec::QuantityInfo& info = codec::info(quantity.quantity);
  out.set_quantity(std::string(info.name));
  out.set_unit(std::string(info.unit));
  out.set_verdict(on_the_wire(quantity.verdict));
  out.set_figures(static_cast<std::uint32_t>(quantity.figures));
  out.set_channel(quantity.channel);
  out.set_element(quantity.element);
  out.set_observed(quantity.worst.observed);
  out.set_expected(quantity.worst.expected);
  out.set_residual(quantity.worst.residual);
  out.set_uncertainty(quantity.worst.uncertainty);
  out.set_strain(quantity.worst.strain);
}

void write(const assess::Ageing& ageing, wire::Ageing& out) {
  write(ageing.margin_now, *out.mutable_margin_now_db());
  write(ageing.per_year, *out.mutable_per_year_db());
  out.set_season_db(ageing.season);
  if (ageing.margin_end_of_life) {
    write(*ageing.margin_end_of_life, *out.mutable_margin_end_of_life_db());
  }
  if (ageing.runs_out_unix_ns) out.set_runs_out_unix_ns(*ageing.runs_out_unix_ns);
  if (const auto& earliest = ageing.runs_out_earliest_unix_ns) {
    out.set_runs_out_earliest_unix_ns(*earliest);
  }
  if (const auto& latest = ageing.runs_out_latest_unix_ns) {
    out.set_runs_out_latest_unix_ns(*latest);
  }
}

void write(const twin::BaselineSummary& baseline, wire::Baseline& out) {
  const fleet::Place& place = baseline.place;
  const codec::QuantityInfo& quantity = codec::info(place.quantity);
  out.set_quantity(std::string(quantity.name));
  out.set_unit(std::string(quantity.unit));
  out.set_station(place.station);
  out.set_fibre_pair(place.fibre_pair);
  out.set_direction(direction_text(place.direction));
  out.set_channel(place.channel);
  out.set_element(place.element);
  out.set_peer(place.peer);
  out.set_source(place.source);
  if (baseline.recent) out.set_recent(*baseline.recent);
  if (baseline.commissioning) out.set_commissioning(*baseline.commissioning);
  if (baseline.commissioned_unix_ns) out.set_commissioned_unix_ns(*baseline.commissioned_unix_ns);
  if (baseline.from_commissioning) out.set_from_commissioning(*baseline.from_commissioning);
  if (baseline.from_month_ago) out.set_from_month_ago(*baseline.from_month_ago);
  if (baseline.per_year) write(*baseline.per_year, *out.mutable_per_year());
  if (baseline.season) out.set_season(*baseline.season);
  out.set_steps(static_cast<std::uint32_t>(baseline.steps));
}

void write(const store::BinRecord& bin, wire::Bin& out) {
  out.set_start_unix_ns(bin.start_unix_ns);
  out.set_length_s(bin.length_s);
  out.set_quantity(bin.place.quantity);
  out.set_unit(std::string(unit_of(bin.place.quantity)));
  out.set_station(bin.place.station);
  out.set_fibre_pair(bin.place.fibre_pair);
  out.set_direction(bin.place.direction);
  out.set_channel(bin.place.channel);
  out.set_element(bin.place.element);
  out.set_peer(bin.place.peer);
  out.set_source(bin.place.source);
  if (!std::isnan(bin.minimum)) out.set_minimum(bin.minimum);
  if (!std::isnan(bin.average)) out.set_average(bin.average);
  if (!std::isnan(bin.maximum)) out.set_maximum(bin.maximum);
  if (!std::isnan(bin.last)) out.set_last(bin.last);
  out.set_samples(bin.samples);
  out.set_suspect(bin.suspect);
}

void write(const store::HistoryRow& row, wire::Sample& out) {
  const codec::MeasurementPoint& point = row.point;
  const codec::QuantityInfo& quantity = codec::info(point.quantity);
  out.set_time_unix_ns(row.time_unix_ns);
  out.set_station(row.station);
  out.set_quantity(std::string(quantity.name));
  out.set_unit(std::string(quantity.unit));
  out.set_fibre_pair(point.fibre_pair);
  out.set_channel(point.channel);
  out.set_element(point.element);
  out.set_source(point.source);
  out.set_component(point.component);
  out.set_peer(point.peer);
  out.set_statistic(std::string(codec::to_string(point.statistic)));
  if (row.reading == codec::Reading::kValue) out.set_value(row.value);
  out.set_reading(std::string(codec::to_string(row.reading)));
}

void write(const store::AuditRecord& record, wire::AuditEntry& out) {
  out.set_at_unix_ns(record.at_unix_ns);
  out.set_operator_name(record.operator_name);
  out.set_action(record.action);
  out.set_target(record.target);
  out.set_detail(record.detail);
}

void write(const performance::ServiceLevel& level, std::uint64_t month_s, wire::ServiceLevel& out) {
  out.set_fibre_pair(level.fibre_pair);
  if (level.availability) out.set_availability_ratio(*level.availability);
  out.set_unavailable_s(level.unavailable_seconds);
  out.set_known_s(level.known_seconds);
  out.set_unknown_s(month_s - std::min(month_s, level.known_seconds));
  if (level.latency_minimum) out.set_round_trip_minimum_s(level.latency_minimum->value());
  if (level.latency_average) out.set_round_trip_average_s(level.latency_average->value());
  if (level.latency_maximum) out.set_round_trip_maximum_s(level.latency_maximum->value());
  if (level.probe_loss) out.set_probe_loss_ratio(*level.probe_loss);
}

Result<std::optional<plant::Direction>> direction_of(const std::string& text) {
  if (text.empty()) return std::optional<plant::Direction>();
  const auto direction = plant::direction_from_string(text);
  if (!direction) return tl::unexpected(direction.error());
  return std::optional(*direction);
}

}  // namespace caspilink::query
