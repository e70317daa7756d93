// The `performance` section of collector.yaml; collector/README.md shows it whole.
#pragma once

#include "collector/performance/settings.h"
#include "link_models/formats/yaml.h"

namespace caspilink::performance {

// Thresholds the file does not state are these: an unavailable or a severely errored second in a
// quarter of an hour is worth knowing of. Typical of operators' settings; assumed, to be replaced.
[[nodiscard]] std::vector<Threshold> default_thresholds();

[[nodiscard]] Settings read_settings(formats::YamlMap section);

}  // namespace caspilink::performance
