// The kinds of sources the agent knows, each under its key of agent.yaml. A new kind is one line in
// registry.cc.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "agent/sources/source.h"
#include "link_models/formats/yaml.h"

namespace caspilink::sources {

struct Kind {
  std::string_view key;  // of the root mapping, optional there
  // Reads the kind's mapping; problems go to the mapping, as everywhere.
  std::vector<MakeSource> (*read)(formats::YamlMap section);
};

[[nodiscard]] std::span<const Kind> kinds();

}  // namespace caspilink::sources
