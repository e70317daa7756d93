// Domain values as messages of proto/query.proto, and what requests say as domain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/alarms/desk.h"
#include "collector/assess/assess.h"
#include "collector/exposition/snapshot.h"
#include "collector/performance/service_level.h"
#include "collector/store/history.h"
#include "collector/store/records.h"
#include "collector/twin/baseline.h"
#include "link_models/plant/plant.h"
#include "link_models/plant/position_list.h"
#include "link_models/result.h"
#include "proto/query.pb.h"

namespace caspilink::query {

namespace wire = ::caspilink::query::v1;

[[nodiscard]] wire::Verdict on_the_wire(assess::Verdict verdict);
[[nodiscard]] wire::Severity on_the_wire(alarms::Severity severity);

// With the coordinates of its position, by the position list of the snapshot's plant; without them
// before there is a snapshot.
void write(const alarms::Alarm& alarm, const exposition::Snapshot* snapshot, wire::Alarm& out);
void write(const alarms::MaintenanceWindow& window, wire::MaintenanceWindow& out);
// Leaves `out` as it is where the plant has no position list, or not so far.
template <typename Message>
void add_coordinates(const plant::Plant& plant, double km, Message& out) {
  const auto position = plant::position_of(plant, Kilometers(km));
  if (!position) return;
  wire::Coordinates& on_earth = *out.mutable_coordinates();
  on_earth.set_latitude_deg(position->latitude_deg);
  on_earth.set_longitude_deg(position->longitude_deg);
  if (position->depth_m) on_earth.set_depth_m(*position->depth_m);
  on_earth.set_cable_km(position->cable.value());
  on_earth.set_illustrative(plant.laid_route->illustrative);
}

void write(const assess::QuantityAssessment& quantity, wire::QuantityState& out);
void write(const assess::Ageing& ageing, wire::Ageing& out);
void write(const twin::BaselineSummary& baseline, wire::Baseline& out);
void write(const store::BinRecord& bin, wire::Bin& out);
void write(const store::HistoryRow& row, wire::Sample& out);
void write(const store::AuditRecord& record, wire::AuditEntry& out);
// `month_s`: length of the month the level is of.
void write(const performance::ServiceLevel& level, std::uint64_t month_s, wire::ServiceLevel& out);

// Nothing for empty text; kInvalidInput for anything but "a-b" and "b-a".
[[nodiscard]] Result<std::optional<plant::Direction>> direction_of(const std::string& text);

}  // namespace caspilink::query
