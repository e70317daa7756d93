// The verdicts of a quarter of an hour as bins, by which the past is shown: made from the samples
// the store holds, by their own time, so that late ones correct it when it is made again.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "collector/assess/replay.h"
#include "collector/store/records.h"

namespace caspilink::assess {

// The quantity of these bins, of a fibre pair and direction.
inline constexpr const char* kVerdictQuantity = "verdict";

// One bin a direction that was known for a minute or more: 0 within budget, 1 margin low, 2 below
// budget, as of the end of each minute. `samples` counts the minutes that were known; a bin with
// less than all fifteen is suspect. What `settings` says of time is not used. Errors as of
// replay().
[[nodiscard]] Result<std::vector<store::BinRecord>> verdict_bins(
    store::History& history, const std::shared_ptr<const twin::Model>& designed,
    ReplaySettings settings, std::int64_t start_unix_s);

}  // namespace caspilink::assess
