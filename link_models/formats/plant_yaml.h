// Plant files: YAML to plant::Plant, checked.
#pragma once

#include <string>
#include <string_view>

#include "link_models/plant/plant.h"
#include "link_models/result.h"

namespace caspilink::formats {

// Errors say file:line:column, key path, what was expected and what was found.
// kNotFound where the file cannot be read, kInvalidInput for anything wrong in it.
[[nodiscard]] Result<plant::Plant> load_plant(const std::string& path);

// `file` names the text in errors.
[[nodiscard]] Result<plant::Plant> parse_plant(std::string_view text, const std::string& file);

}  // namespace caspilink::formats
