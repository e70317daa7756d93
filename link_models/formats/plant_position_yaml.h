// The route position list of a plant file; for formats/ alone.
#pragma once

#include <optional>

#include "link_models/formats/yaml.h"
#include "link_models/plant/position_list.h"
#include "link_models/units.h"

namespace caspilink::formats {

// Nothing where the list has a problem, which is recorded. `line` is the plant's length of fibre: a
// list that goes on beyond it is of another cable.
[[nodiscard]] std::optional<plant::LaidRoute> read_position_list(YamlMap map, Kilometers line);

}  // namespace caspilink::formats
