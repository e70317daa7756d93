// Conditions of fibre: cuts at three widths, stations and lines that send nothing, single channels,
// levels and margins. rules.h says what they mean.
#pragma once

#include <vector>

#include "collector/alarms/engine.h"
#include "collector/assess/assess.h"
#include "link_models/plant/plant.h"

namespace caspilink::alarms {

void line_conditions(const assess::Assessment& assessment, const plant::AlarmThresholds& thresholds,
                     std::vector<Condition>& out);

// One direction's, those of its channels included; `out` holds what may explain them already.
void channel_conditions(const assess::DirectionAssessment& line,
                        const plant::AlarmThresholds& thresholds, std::vector<Condition>& out);

[[nodiscard]] Key line_key(Type type, const assess::DirectionAssessment& line,
                           std::uint32_t channel = 0);
// Of what the sending station itself reports.
[[nodiscard]] Key sender_key(Type type, const assess::DirectionAssessment& line,
                             std::uint32_t channel = 0);

}  // namespace caspilink::alarms
