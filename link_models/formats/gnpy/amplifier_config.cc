#include "link_models/formats/gnpy/amplifier_config.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "link_models/formats/gnpy/json_object.h"
#include "link_models/formats/gnpy/polynomial.h"

namespace caspilink::formats::gnpy {

Result<AmplifierConfig> read_amplifier_config(const JsonValue& json, const std::string& file) {
  const JsonValue* inner = json.find("edfa-config");
  Problems problems;
  JsonObject object(inner == nullptr ? json : *inner, file, problems);
  AmplifierConfig config;
  config.f_min = Hertz(object.number("f_min"));
  config.f_max = Hertz(object.number("f_max"));
  config.noise_coefficients = read_polynomial(object, "nf_fit_coeff");
  config.gain_ripple = object.numbers("gain_ripple");
  config.noise_ripple = object.numbers("nf_ripple");
  config.dynamic_tilt = object.numbers("dgt");
  if (config.f_min >= config.f_max) object.refuse("f_max", "a frequency above f_min");
  object.finish();
  if (auto good = problems.result(); !good) return tl::unexpected(good.error());
  return config;
}

Result<AmplifierConfig> find_amplifier_config(const std::string& file_name,
                                              const std::string& library_path,
                                              const std::vector<std::string>& extra) {
  namespace fs = std::filesystem;
  std::error_code none;
  const auto given = std::find_if(extra.begin(), extra.end(), [&](const std::string& path) {
    return fs::path(path).filename() == file_name;
  });
  fs::path path =
      given != extra.end() ? fs::path(*given) : fs::path(library_path).parent_path() / file_name;
  if (given == extra.end() && !fs::exists(path, none)) {
    if (auto built_in = built_in_amplifier_config(file_name)) return *std::move(built_in);
    return fail(ErrorCode::kNotFound, path.string(),
                "is named by " + library_path + " and cannot be found");
  }
  const auto json = load_json(path.string());
  if (!json) return tl::unexpected(json.error());
  return read_amplifier_config(*json, path.string());
}

}  // namespace caspilink::formats::gnpy
