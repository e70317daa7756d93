// An SNMP agent as a source: asks it everything, every interval.
#pragma once

#include <memory>

#include "agent/sources/snmp/configuration.h"
#include "agent/sources/snmp/session.h"
#include "agent/sources/source.h"

namespace caspilink::snmp {

// A new session is made at the start and after every failure, so that changed secrets, addresses
// and engines are found.
[[nodiscard]] std::unique_ptr<sources::Source> make_poller(TargetConfiguration target,
                                                           MakeSession make_session,
                                                           const sources::Context& context);

}  // namespace caspilink::snmp
