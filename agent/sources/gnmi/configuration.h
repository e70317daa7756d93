// The `gnmi` section of agent.yaml; agent/README.md shows it whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/sources/gnmi/mapping.h"
#include "agent/sources/name_pattern.h"
#include "agent/sources/source.h"
#include "link_models/formats/yaml.h"
#include "proto/endpoint/address.h"

namespace caspilink::gnmi {

enum class EncodingChoice : std::uint8_t { kAuto, kProto, kJsonIetf, kJson };

// STREAM keeps a subscription; ONCE asks anew every sample interval; POLL asks over one stream.
enum class Mode : std::uint8_t { kStream, kOnce, kPoll };

struct TargetTls {
  std::string ca_file;
  std::string certificate_file;  // both empty: the target does not ask who we are
  std::string key_file;
  std::string name;  // expected in the target's certificate; empty: the address' host
};

struct TargetConfiguration {
  std::string name;  // "slte-1", the `source` label
  endpoint::Address address;
  std::int64_t sample_interval_ns = 1'000'000'000;
  Mode mode = Mode::kStream;
  Stream stream = Stream::kSample;                      // of gauges; states are ON_CHANGE
  std::int64_t heartbeat_interval_ns = 60'000'000'000;  // 0: none is asked for
  bool suppress_redundant = false;
  EncodingChoice encoding = EncodingChoice::kAuto;
  std::string target;  // of the prefix, for gateways; empty: none
  std::size_t max_message_bytes = 4 << 20;
  double no_light_at_or_below_dbm = -40;
  std::optional<TargetTls> tls;  // none: plain text
  std::string login_file;        // empty: none
  std::vector<sources::NameRule> components;
  std::optional<ChannelPlan> channel_plan;
  std::vector<LogicalChannels> logical_channels;
  bool modules = true;
  std::vector<ConfiguredPath> paths;
};

[[nodiscard]] std::vector<TargetConfiguration> read_targets(formats::YamlMap section);

// For the registry.
[[nodiscard]] std::vector<sources::MakeSource> read_section(formats::YamlMap section);

}  // namespace caspilink::gnmi
