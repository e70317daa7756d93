// The `modules` section of agent.yaml:
//
//   modules:
//     ports:
//       - {name: zr-1, interface: eth4, fibre_pair: FP03, channel: 48, interval_s: 5}
//       - {name: client-1, dump_file: client.hex}
//
// interface: a network interface of this machine; dump_file: a memory dump instead of one. A module
// that carries a channel of the line has fibre_pair and channel; `no_light_at_or_below_dbm` is -40
// unless given.
#pragma once

#include <string>
#include <vector>

#include "agent/sources/module_memory/module_source.h"
#include "agent/sources/source.h"
#include "link_models/formats/yaml.h"

namespace caspilink::module_memory {

struct PortConfiguration {
  std::string interface_name;  // one of the two is empty
  std::string dump_file;
  SourceOptions options;
};

[[nodiscard]] std::vector<PortConfiguration> read_ports(formats::YamlMap section);

// For the registry.
[[nodiscard]] std::vector<sources::MakeSource> read_section(formats::YamlMap section);

}  // namespace caspilink::module_memory
