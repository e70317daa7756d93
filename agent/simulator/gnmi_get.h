// Get: the values of now, once.
#pragma once

#include <cstdint>

#include <grpcpp/support/status.h>

#include "agent/simulator/gnmi_tree.h"
#include "agent/simulator/line_model.h"
#include "proto/gnmi.pb.h"

namespace caspilink::simulator {

// One Notification a path. PROTO gives an update a leaf, the JSON encodings one a node the path
// names, with the whole subtree as its value. The tree is state only: type CONFIG gives nothing.
// NOT_FOUND for a path without wildcards that names nothing.
[[nodiscard]] grpc::Status get(const GnmiTree& tree, const LineView& view,
                               std::int64_t time_unix_ns, const gnmi::GetRequest& request,
                               gnmi::GetResponse& response);

}  // namespace caspilink::simulator
