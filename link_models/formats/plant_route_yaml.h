// The laid part of plant files: fibres, bodies and the route through them; for formats/ alone.
#pragma once

#include <string>

#include "link_models/formats/yaml.h"
#include "link_models/plant/plant.h"

namespace caspilink::formats {

[[nodiscard]] plant::FibreType read_fibre(const std::string& name, YamlMap map);

// Reads the types of bodies and the segments of the file into the plant, whose kind and fibres are
// read already.
void read_segments(YamlMap& root, plant::Plant& plant);

}  // namespace caspilink::formats
