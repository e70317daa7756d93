// A gNMI target as a source: Subscribe over gRPC, for as long as the agent runs.
//
// A target that is silent for three of the intervals it promised is as good as gone: its stream is
// dropped and opened anew, after a growing, jittered wait. While there is no stream nothing is
// observed; the collector sees the readings age.
#pragma once

#include "agent/sources/gnmi/configuration.h"
#include "agent/sources/source.h"

namespace caspilink::gnmi {

// Fails when the TLS or login files do not read.
[[nodiscard]] Result<std::unique_ptr<sources::Source>> make_client(
    const TargetConfiguration& configuration, const sources::Context& context);

}  // namespace caspilink::gnmi
