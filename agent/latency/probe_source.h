// The station's latency measurement as a source: its reflector, and a session to each peer address.
//
// It has a thread of its own, because a time stamp taken late is a wrong time stamp: neither the
// disk nor a burst of telemetry may stand in a packet's way. Results cross to the agent's
// io_context once an interval.
#pragma once

#include "agent/latency/clock.h"
#include "agent/latency/configuration.h"
#include "agent/sources/source.h"

namespace caspilink::latency {

class ProbeSource : public sources::Source {
 public:
  // Where the reflector listens; port 0 where there is none.
  [[nodiscard]] virtual endpoint::Address reflector_address() const = 0;
};

// Reads the key files and binds the reflector's socket: fails with kUnavailable when its address is
// taken, and as Key::load does.
[[nodiscard]] Result<std::unique_ptr<ProbeSource>> make_probe_source(
    const Configuration& configuration, const sources::Context& context,
    std::shared_ptr<const Clock> clock);

}  // namespace caspilink::latency
