// An interval of a session as observations, histograms and counters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/latency/configuration.h"
#include "agent/latency/reflector.h"
#include "agent/latency/session.h"
#include "agent/sources/source.h"

namespace caspilink::latency {

// Appends what the report says of the session's path.
void observe(const Report& report, const SessionConfiguration& session, std::int64_t time_unix_ns,
             std::vector<codec::Observation>& out);

// Appends the session's histograms.
void describe(const Session& session, const SessionConfiguration& configuration,
              std::vector<sources::Distribution>& out);

using Counters = std::map<std::string, std::uint64_t>;
void count(const Session& session, Counters& out);  // adds to what is there
void count(const Reflector& reflector, Counters& out);

}  // namespace caspilink::latency
