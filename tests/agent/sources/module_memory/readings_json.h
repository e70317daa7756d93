// Readings in the JSON form of the published vectors, to compare whole decodes.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

[[nodiscard]] nlohmann::json to_json(const ModuleReadings& readings);

// Every place where the two differ, as "path: expected X, got Y". Null and a key that is missing
// are the same; numbers agree to the digits that the vectors were rounded to; flags are sets.
[[nodiscard]] std::vector<std::string> differences(const nlohmann::json& expected,
                                                   const nlohmann::json& actual);

}  // namespace caspilink::module_memory
