// Side files of an amplifier library: measured ripple, tilt and noise of one type.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/formats/gnpy/json_value.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::formats::gnpy {

// Empty lists stand for no ripple, no tilt, no polynomial.
struct AmplifierConfig {
  Hertz f_min;
  Hertz f_max;
  std::vector<double> gain_ripple;         // dB, evenly over the band
  std::vector<double> noise_ripple;        // dB
  std::vector<double> dynamic_tilt;        // see physics::AmplifierModel
  std::vector<double> noise_coefficients;  // dB over dB below full gain; highest order first
};

// What amplifiers without a side file have: the C band and a flat gain that tilts as measured.
[[nodiscard]] AmplifierConfig standard_amplifier_config();

// The side files that come with GNPy, by name: libraries refer to them without shipping them.
[[nodiscard]] std::optional<AmplifierConfig> built_in_amplifier_config(std::string_view file_name);

// Errors name the file and the key.
[[nodiscard]] Result<AmplifierConfig> read_amplifier_config(const JsonValue& json,
                                                            const std::string& file);

// A side file named in the library at `library_path`: one of `extra` by its file name, else beside
// the library, else built in. kNotFound where there is none.
[[nodiscard]] Result<AmplifierConfig> find_amplifier_config(const std::string& file_name,
                                                            const std::string& library_path,
                                                            const std::vector<std::string>& extra);

}  // namespace caspilink::formats::gnpy
