// A snapshot as Prometheus metrics.
#pragma once

#include <string>

#include "collector/exposition/snapshot.h"

namespace caspilink::exposition {

// The text format, version 0.0.4: families in the order of metrics(), those without a sample left
// out; the same snapshot always gives the same text. snapshot.observed must be in the order of
// places.
[[nodiscard]] std::string render(const Snapshot& snapshot);

}  // namespace caspilink::exposition
