// Which conditions an assessment shows: the two-ended logic of a landing-station NOC. Pure.
//
// - line_cut, per fibre pair and direction: every lit channel arrives without light, or the line
//   port does and no channel contradicts it, while the sending station does not report that it
//   sends none. Repeaters beyond a cut still send noise, so channels count more than the port.
// - channel_loss_of_light: one channel arrives without light; explained by a line cut.
// - margin_low, below_budget: the margin against the plant's thresholds, with hysteresis; held
//   still while there is no light.
// - latency_off_budget: half the round-trip residual against the tolerance, with hysteresis.
// - agent_silent: nothing heard. Missing readings make every other condition unknown, so silence
//   never becomes an alarm of the line.
#pragma once

#include <vector>

#include "collector/alarms/engine.h"
#include "collector/assess/assess.h"
#include "link_models/plant/plant.h"

namespace caspilink::alarms {

// Every key of the plant, each time: the engine takes a missing one for gone.
[[nodiscard]] std::vector<Condition> conditions_of(const assess::Assessment& assessment,
                                                   const plant::AlarmThresholds& thresholds);

}  // namespace caspilink::alarms
