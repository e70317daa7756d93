// A session over UDP through net-snmp, driven by the io_context: nothing here waits.
#pragma once

#include <memory>

#include "agent/sources/snmp/configuration.h"
#include "agent/sources/snmp/session.h"

namespace asio {
class io_context;
}

namespace caspilink::snmp {

// Reads the secrets, finds the address and, for v3, the engine with the first question; what fails
// there is that question's Failure. net-snmp's state is the process's: all sessions belong to one
// thread.
[[nodiscard]] std::unique_ptr<Session> make_net_snmp_session(asio::io_context& io,
                                                             const TargetConfiguration& target);

}  // namespace caspilink::snmp
