// A recording as a source.
//
// The whole file is read once before anything of it is observed: one that is wrong at its end has
// brought in nothing. Both passes read a few hundred lines at a time and let others have their
// turn; a sample is observed when it is due and the agent has room for it.
#pragma once

#include <memory>

#include "agent/sources/replay/configuration.h"
#include "agent/sources/source.h"
#include "link_models/result.h"

namespace caspilink::replay {

// Fails where the file does not read, or begins as none.
[[nodiscard]] Result<std::unique_ptr<sources::Source>> make_replay_source(
    const Configuration& configuration, const sources::Context& context);

}  // namespace caspilink::replay
