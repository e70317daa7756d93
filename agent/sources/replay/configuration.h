// The `replay` section of agent.yaml:
//
//   replay:
//     files:
//       - {name: storm-2025, file: storm.csv, speed: 60, times: now, loop: true}
//       - {name: history, file: sumgait.jsonl, speed: max, station: sumgait}
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/sources/source.h"
#include "link_models/formats/yaml.h"

namespace caspilink::replay {

struct Configuration {
  std::string name;  // source of samples that name none
  std::string file;
  std::string station;          // empty: samples of all stations
  std::optional<double> speed;  // times as fast as it was recorded; nothing: as fast as it is taken
  bool shift = false;           // the first sample is now, and the others after it
  bool loop = false;
};

[[nodiscard]] std::vector<Configuration> read_files(formats::YamlMap section);

// For the registry.
[[nodiscard]] std::vector<sources::MakeSource> read_section(formats::YamlMap section);

}  // namespace caspilink::replay
