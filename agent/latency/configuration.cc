#include "agent/latency/configuration.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "agent/latency/clock.h"
#include "agent/latency/prober.h"

namespace caspilink::latency {
namespace {

endpoint::Address read_address(formats::YamlMap& map, const char* key, bool any_port) {
  const std::string text = map.text(key);
  if (text.empty()) return {};
  auto address = endpoint::parse_address(text);
  if (!address) {
    map.problem(key, address.error().detail);
    return {};
  }
  if (address->port == 0 && !any_port) map.problem(key, "expected a port from 1");
  return *address;
}

SessionConfiguration read_session(formats::YamlMap map) {
  SessionConfiguration session;
  session.fibre_pair = map.text("fibre_pair");
  session.peer = map.text("peer");
  session.address = read_address(map, "address", false);
  session.interval_ns =
      std::llround(1e6 * map.number_or("interval_ms", 200, {.at_least = 10, .at_most = 60'000}));
  session.timeout_ns =
      std::llround(1e6 * map.number_or("timeout_ms", 2000, {.at_least = 10, .at_most = 60'000}));
  return session;
}

}  // namespace

Configuration read_configuration(formats::YamlMap section) {
  Configuration configuration;
  if (auto map = section.optional_map("reflector")) {
    ReflectorConfiguration reflector;
    reflector.listen = read_address(*map, "listen", true);
    if (map->has("mode")) {
      reflector.options.stateful = map->choice("mode", {"stateful", "stateless"}) == "stateful";
    }
    reflector.options.max_packets_per_second =
        map->number_or("max_packets_per_second", 1000, {.at_least = 1, .at_most = 1e6});
    configuration.reflector = reflector;
  }
  for (formats::YamlMap map : section.optional_maps("sessions")) {
    SessionConfiguration session = read_session(map);
    const bool twice = std::ranges::any_of(configuration.sessions, [&](const auto& other) {
      return other.fibre_pair == session.fibre_pair && other.peer == session.peer;
    });
    if (twice) {
      map.problem("fibre_pair",
                  fmt::format("a second session over {} to {}", session.fibre_pair, session.peer));
    }
    configuration.sessions.push_back(std::move(session));
  }
  configuration.report_interval_ns = std::llround(
      1e9 * section.number_or("report_interval_s", 1, {.at_least = 0.1, .at_most = 3600}));
  return configuration;
}

std::vector<sources::MakeSource> read_section(formats::YamlMap section) {
  return {[configuration = read_configuration(std::move(section))](
              const sources::Context& context) -> Result<std::unique_ptr<sources::Source>> {
    return make_prober(configuration, context, std::make_shared<const SystemClock>());
  }};
}

}  // namespace caspilink::latency
