// The `stamp` section of agent.yaml; agent/README.md shows it whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/latency/path_ledger.h"
#include "agent/latency/peer_table.h"
#include "agent/latency/tlv.h"
#include "agent/sources/source.h"
#include "link_models/formats/yaml.h"
#include "proto/endpoint/address.h"

namespace caspilink::latency {

struct ReflectorConfiguration {
  endpoint::Address listen;
  bool stateful = true;
  PeerTable::Limits limits;
  std::vector<Network> allow;  // empty: everyone
  std::string key_file;        // empty: unauthenticated
  bool may_set_dscp = true;
  std::uint8_t dscp = 0;
};

struct SessionConfiguration {
  std::string fibre_pair;
  std::string peer;  // the other station's id
  endpoint::Address address;
  std::int64_t interval_ns = 200'000'000;
  std::int64_t timeout_ns = 2'000'000'000;
  PeerReflector reflector = PeerReflector::kUnknown;
  std::uint8_t dscp = 0;
  std::string key_file;  // empty: unauthenticated
  RequestedTlvs tlvs{.follow_up = true};
};

struct Configuration {
  bool kernel_stamps = true;
  std::optional<ReflectorConfiguration> reflector;
  std::vector<SessionConfiguration> sessions;
  std::int64_t report_interval_ns = 1'000'000'000;
};

[[nodiscard]] Configuration read_configuration(formats::YamlMap section);

// For the registry.
[[nodiscard]] std::vector<sources::MakeSource> read_section(formats::YamlMap section);

}  // namespace caspilink::latency
