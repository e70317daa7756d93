// Conditions of figures that differ from the twin while levels do not say why: noise, dispersion,
// launch powers, Q. One row a quantity says what would explain it.
#pragma once

#include <set>
#include <vector>

#include "collector/alarms/engine.h"
#include "collector/assess/assess.h"
#include "link_models/plant/plant.h"

namespace caspilink::alarms {

// What may explain a direction's figures, beside one another: present conditions of equipment on
// its way, and of protection switches of its fibre pair.
struct Explanations {
  std::vector<Key> equipment;
  std::vector<Key> switches;
};

// Of every quantity that is read: what all channels have in common is the line's, the rest is the
// channels'. A channel's that is neither off nor near it is given only where `standing` holds its
// alarm: there are tens of thousands of them.
void model_conditions(const assess::DirectionAssessment& line,
                      const plant::AlarmThresholds& thresholds, const Explanations& explanations,
                      const std::set<Key>& standing, std::vector<Condition>& out);

// What would explain a channel's margin: every such alarm of the channel or its line.
[[nodiscard]] std::vector<Key> explaining_figures(const assess::DirectionAssessment& line,
                                                  std::uint32_t channel);

// Of a line whose channels all have another chromatic dispersion: it goes another way.
[[nodiscard]] Key dispersion_key(const assess::DirectionAssessment& line);

}  // namespace caspilink::alarms
