// Which conditions an assessment shows: the two-ended logic of a landing-station NOC. Pure.
//
// - A direction is cut where every lit channel arrives without light, or the line port does and no
//   channel contradicts it, while the sending station does not report that it sends none. Repeaters
//   beyond a cut still send noise, so channels count more than the port.
// - Both directions of a fibre pair cut: fibre_pair_cut. More than one fibre pair, and none that
//   shows light: cable_cut. Everything from one station dark and the other way not: station_dark.
// - What a station says it does not send is not lost on the line: line_not_sent, channel_not_sent.
// - Every channel of a direction weaker, or stronger, than modelled: line_power_off, and the
//   channels' own alarms are its consequences.
// - Noise, dispersion, launch powers and Q off the twin: line_off_model where all channels are,
// else
//   channel_off_model, unless levels, equipment, the margin's own alarm or one another explain
//   them.
// - Missing readings make a condition unknown, so silence never becomes an alarm of the line; it is
//   agent_silent, or clock_off where batches come and their times cannot be true.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/alarms/engine.h"
#include "collector/alarms/equipment_rules.h"
#include "collector/assess/assess.h"
#include "link_models/plant/plant.h"

namespace caspilink::alarms {

// What the collector knows about itself and its agents.
struct MonitorHealth {
  bool store_failing = false;
  struct Agent {
    // Collector's clock less the newest time in the last live batch; below zero: the agent's clock
    // is ahead. Nothing: no live batch of late.
    std::optional<std::int64_t> live_lag_ns{};
    std::map<std::string, std::int64_t> newest_of_source_unix_ns{};
  };
  std::map<std::string, Agent> agents{};  // by station
  std::int64_t allowed_lead_ns = 0;       // of an agent's clock
  std::int64_t allowed_lag_ns = 0;
  std::int64_t silence_ns = 0;
};

// Every condition of the plant that may raise or clear something, those that explain others first.
// What cannot be present and is not known may be left out only with its resource. `standing`: the
// alarms that stand, so that rare ones are looked for only where they are.
[[nodiscard]] std::vector<Condition> conditions_of(
    const assess::Assessment& assessment, const plant::AlarmThresholds& thresholds,
    const MonitorHealth& health = {}, const std::vector<EquipmentReading>& equipment = {},
    const std::vector<AlarmPtr>& standing = {});

}  // namespace caspilink::alarms
