// Conditions of equipment on the way: repeaters, terminal amplifiers, remote amplifiers, spans,
// pumps, power feed, protection switches.
//
// A repeater holds its output power, so a loss before it shows as more gain, and a weak pump as
// less output: gain below the model and output off the model are the amplifier's, gain above it is
// the span's before. Limits where the plant states none are those of submarine practice: loop gain
// 0.5 and 1 dB, feeding current 1 and 5 %, feeding voltage 2 and 5 %; pump power 1 and 3 dB and a
// reflection of at most -14 dB are assumed.
#pragma once

#include <optional>
#include <vector>

#include "collector/alarms/engine.h"
#include "collector/fleet/place.h"
#include "link_models/plant/plant.h"

namespace caspilink::alarms {

// A fresh reading of a piece of equipment, in the quantity's wire unit, and what the model expects.
struct EquipmentReading {
  fleet::Place place;
  double observed = 0;
  std::optional<double> expected{};
  bool no_light = false;  // it says that there is none; no number then
};

// Whether conditions are made of a quantity's readings.
[[nodiscard]] bool is_equipment(codec::Quantity quantity);

// In the order that explains: power feed, pumps, amplifiers, spans, switches.
void equipment_conditions(const std::vector<EquipmentReading>& readings,
                          const plant::AlarmThresholds& thresholds, std::vector<Condition>& out);

}  // namespace caspilink::alarms
