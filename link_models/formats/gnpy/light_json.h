// GNPy's files about the light: spectra and simulation parameters.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/light.h"
#include "link_models/formats/gnpy/json_value.h"
#include "link_models/result.h"

namespace caspilink::formats::gnpy {

// Channels of a spectrum file, ascending in frequency. Errors name the file, the part and the key:
// unknown keys, parts that overlap, channels wider than their slots.
[[nodiscard]] Result<std::vector<design::LaunchedChannel>> read_spectrum(const JsonValue& json,
                                                                         const std::string& name);
[[nodiscard]] Result<std::vector<design::LaunchedChannel>> load_spectrum(const std::string& path);

// Errors name the file and the key: unknown keys, methods and values.
[[nodiscard]] Result<design::Simulation> read_simulation(const JsonValue& json,
                                                         const std::string& name);
[[nodiscard]] Result<design::Simulation> load_simulation(const std::string& path);

}  // namespace caspilink::formats::gnpy
