// Pumps and what they drive, as plant files give them; for formats/ alone.
#pragma once

#include <string>

#include "link_models/formats/yaml.h"
#include "link_models/plant/plant.h"

namespace caspilink::formats {

// frequency_thz or wavelength_nm, one of the two, within what silica fibre carries.
[[nodiscard]] Hertz read_optical_frequency(YamlMap& map);

// raman_transmit, raman_receive (pumps, or lumped gain) and ropa_pump of a terminal.
void read_terminal_pumps(YamlMap& map, const std::string& station, plant::Terminal& terminal);

// A type of ROPA: lumped figures, or its response to pump light.
[[nodiscard]] plant::Ropa read_ropa_type(const std::string& name, YamlMap map);

// attenuation_points of a fibre, or none.
[[nodiscard]] std::vector<plant::AttenuationPoint> read_attenuation_points(YamlMap& fibre);

// Problems at `root` for ROPAs that wait for a pump no terminal sends.
void check_ropa_feeds(YamlMap& root, const plant::Plant& plant);

}  // namespace caspilink::formats
