#include "agent/latency/configuration.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "agent/latency/clock.h"
#include "agent/latency/probe_source.h"

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

std::uint8_t read_dscp(formats::YamlMap& map) {
  return static_cast<std::uint8_t>(map.integer_or("dscp", 0, 0, 63));
}

// Relative to the configuration's folder, which a place ("file:line:column") begins with.
std::string read_file_name(formats::YamlMap& map, const char* key) {
  const auto name = map.optional_text(key);
  if (!name) return {};
  std::string place = map.where(key);
  for (int colon = 0; colon < 2; ++colon) place.resize(std::min(place.size(), place.rfind(':')));
  return (std::filesystem::path(place).parent_path() / *name).string();
}

ReflectorConfiguration read_reflector(formats::YamlMap map) {
  ReflectorConfiguration reflector{.listen = read_address(map, "listen", true)};
  if (map.has("mode"))
    reflector.stateful = map.choice("mode", {"stateful", "stateless"}) == "stateful";
  PeerTable::Limits& limits = reflector.limits;
  limits.packets_per_second = map.number_or("max_packets_per_second", limits.packets_per_second,
                                            {.at_least = 1, .at_most = 1e6});
  limits.total_packets_per_second =
      map.number_or("max_total_packets_per_second", limits.total_packets_per_second,
                    {.at_least = 1, .at_most = 1e7});
  limits.peers = static_cast<std::size_t>(
      map.integer_or("max_peers", static_cast<std::int64_t>(limits.peers), 1, 65536));
  for (const std::string& text : map.optional_texts("allow")) {
    auto network = Network::parse(text);
    network ? reflector.allow.push_back(*network) : map.problem("allow", network.error().detail);
  }
  reflector.key_file = read_file_name(map, "key_file");
  reflector.may_set_dscp = map.boolean_or("follow_requested_dscp", true);
  reflector.dscp = read_dscp(map);
  return reflector;
}

void read_extensions(formats::YamlMap& map, SessionConfiguration& session) {
  if (map.has("extensions")) {
    session.tlvs = {};
    for (const std::string& name : map.optional_texts("extensions")) {
      if (name == "follow_up") {
        session.tlvs.follow_up = true;
      } else if (name == "timestamp_information") {
        session.tlvs.timestamp_information = true;
      } else if (name == "class_of_service") {
        session.tlvs.reply_dscp = session.dscp;
      } else {
        map.problem("extensions",
                    fmt::format("expected follow_up, timestamp_information or class_of_service, "
                                "got '{}'",
                                name));
      }
    }
  }
  session.tlvs.padding_bytes =
      static_cast<std::size_t>(map.integer_or("padding_bytes", 0, 0, 1400));
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
  if (map.has("reflector")) {
    const std::string kind = map.choice("reflector", {"auto", "stateful", "stateless"});
    session.reflector = kind == "stateful"    ? PeerReflector::kStateful
                        : kind == "stateless" ? PeerReflector::kStateless
                                              : PeerReflector::kUnknown;
  }
  session.dscp = read_dscp(map);
  session.key_file = read_file_name(map, "key_file");
  read_extensions(map, session);
  return session;
}

}  // namespace

Configuration read_configuration(formats::YamlMap section) {
  Configuration configuration;
  if (section.has("timestamps")) {
    configuration.kernel_stamps = section.choice("timestamps", {"kernel", "user"}) == "kernel";
  }
  if (auto map = section.optional_map("reflector")) configuration.reflector = read_reflector(*map);
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
    return make_probe_source(configuration, context, std::make_shared<const SystemClock>());
  }};
}

}  // namespace caspilink::latency
