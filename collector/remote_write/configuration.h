// The `remote_write` list of collector.yaml.
#pragma once

#include <vector>

#include "collector/remote_write/settings.h"
#include "link_models/formats/yaml.h"

namespace caspilink::remote_write {

// Each receiver by a name of its own.
[[nodiscard]] std::vector<ReceiverSettings> read_receivers(std::vector<formats::YamlMap> list);

}  // namespace caspilink::remote_write
