// Verdicts of the past, made from what the store holds: every sample counts at its own time, also
// one that came late, after an outage. So history is right as soon as the samples are stored, and
// no live state or alarm hears of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "collector/assess/assess.h"
#include "collector/fleet/fleet.h"
#include "collector/store/history.h"
#include "collector/twin/follower.h"
#include "collector/twin/model.h"
#include "link_models/result.h"

namespace caspilink::assess {

struct ReplaySettings {
  Settings assess;
  fleet::Freshness freshness;
  twin::FollowSettings follow;
  std::int64_t from_unix_ns = 0;
  std::int64_t to_unix_ns = 0;            // exclusive
  std::int64_t step_ns = 60'000'000'000;  // > 0
};

// Assesses the line as of every step from `from` to `to`, by the samples up to then. Reads what
// came before `from` as far back as a reading stays fresh. Errors
// are the store's, and those of a line as reported that cannot be evaluated.
[[nodiscard]] Result<void> replay(store::History& history,
                                  const std::shared_ptr<const twin::Model>& designed,
                                  const ReplaySettings& settings,
                                  const std::function<void(const Assessment&)>& visit);

}  // namespace caspilink::assess
