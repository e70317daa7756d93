// What a target is asked for, and how often it must be heard for that.
#pragma once

#include <chrono>
#include <optional>

#include "agent/sources/gnmi/configuration.h"
#include "agent/sources/gnmi/mapping.h"

namespace gnmi {
class SubscribeRequest;
}

namespace caspilink::gnmi {

struct Terms {
  int encoding = 0;       // ::gnmi::Encoding
  bool on_change = true;  // false: the target refused it, and is asked for samples instead
};

// Fills in the first message of a Subscribe stream. Component states are asked for in STREAM mode
// with ON_CHANGE only.
void write_request(const TargetConfiguration& configuration, const Mapping& mapping,
                   const Terms& terms, ::gnmi::SubscribeRequest& request);

// The longest time between two messages of a target that keeps its word; nothing where it need not
// speak at all: only changes are asked for, and no heartbeat.
[[nodiscard]] std::optional<std::chrono::nanoseconds> promised_interval(
    const ::gnmi::SubscribeRequest& request);

}  // namespace caspilink::gnmi
