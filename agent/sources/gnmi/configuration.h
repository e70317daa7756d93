// The `gnmi` section of agent.yaml; agent/README.md shows it whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/sources/name_pattern.h"
#include "agent/sources/source.h"
#include "link_models/formats/yaml.h"
#include "proto/endpoint/address.h"

namespace caspilink::gnmi {

enum class EncodingChoice { kAuto, kProto, kJsonIetf, kJson };

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
  EncodingChoice encoding = EncodingChoice::kAuto;
  double no_light_at_or_below_dbm = -40;
  std::optional<TargetTls> tls;  // none: plain text
  std::vector<sources::NameRule> components;
};

[[nodiscard]] std::vector<TargetConfiguration> read_targets(formats::YamlMap section);

// For the registry.
[[nodiscard]] std::vector<sources::MakeSource> read_section(formats::YamlMap section);

}  // namespace caspilink::gnmi
