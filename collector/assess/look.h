// What an assessment saw, as the history that later ones are compared with.
#pragma once

#include "collector/assess/assess.h"
#include "collector/twin/baseline.h"

namespace caspilink::assess {

// Enters what an assessment saw into the book of baselines, of one quarter of an hour.
void look(const Assessment& assessment, twin::BaselineBook& baselines);

}  // namespace caspilink::assess
