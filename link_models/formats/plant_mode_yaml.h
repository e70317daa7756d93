// Transceiver modes of plant files; for formats/ alone.
#pragma once

#include <string>

#include "link_models/formats/yaml.h"
#include "link_models/plant/spectrum.h"

namespace caspilink::formats {

[[nodiscard]] plant::TransceiverMode read_mode(const std::string& name, YamlMap map);

}  // namespace caspilink::formats
