// Conditions of trends: a direction that is worse than it was a month ago, before any threshold of
// the plant is reached.
#pragma once

#include <vector>

#include "collector/alarms/engine.h"
#include "collector/assess/assess.h"

namespace caspilink::alarms {

// Worse than a month ago by this much is drift, by less than the other is none: "0.4 dB worse than
// last month" is what an operator wants to hear of; both are assumed and no plant's figure.
inline constexpr Db kDriftRaise{0.4};
inline constexpr Db kDriftClear{0.3};

// One condition for the margin (of the channel that lost most) and one for the received power of
// every direction; unknown where there is no month of history. Better than a month ago is no drift.
void drift_conditions(const assess::Assessment& assessment, std::vector<Condition>& out);

}  // namespace caspilink::alarms
