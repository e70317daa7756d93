// Conditions of a direction's channels: what is sent and arrives, levels, figures, margins.
#pragma once

#include <set>
#include <vector>

#include "collector/alarms/model_rules.h"

namespace caspilink::alarms {

// One direction's levels, and all of its channels'. `standing`: as model_conditions takes it.
void channel_conditions(const assess::DirectionAssessment& line,
                        const plant::AlarmThresholds& thresholds, const Explanations& explanations,
                        const std::set<Key>& standing, std::vector<Condition>& out);

}  // namespace caspilink::alarms
