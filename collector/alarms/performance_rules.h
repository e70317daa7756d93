// Conditions of performance counts: a threshold that a bin has reached, after G.7710.
#pragma once

#include <vector>

#include "collector/alarms/engine.h"
#include "collector/performance/threshold_watch.h"

namespace caspilink::alarms {

// Appends one present condition a crossing; those that are over are not given, and so absent. A cut
// or a dark channel explains what it did to the counts.
void threshold_conditions(const std::vector<performance::Crossing>& crossings,
                          std::vector<Condition>& out);

// While performance monitoring has not spoken yet: what stood before stays, as unknown.
void hold_thresholds(const std::vector<AlarmPtr>& standing, std::vector<Condition>& out);

}  // namespace caspilink::alarms
