// Ways through a network.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/network.h"
#include "link_models/result.h"

namespace caspilink::design {

// The way of the least fibre from one node to another, crossing `via` in that order; every other
// element counts as 10 mm of it. kNotFound where there is none, or none that meets no node twice.
[[nodiscard]] Result<std::vector<NodeIndex>> shortest_path(const Network& network, NodeIndex from,
                                                           NodeIndex to,
                                                           const std::vector<NodeIndex>& via = {});

}  // namespace caspilink::design
