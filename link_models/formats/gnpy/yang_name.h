// Names as YANG tools write them.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace caspilink::formats::gnpy {

// Identities carry their module's name: "gnpy-eqpt-config:variable_gain" -> "variable_gain".
[[nodiscard]] inline std::string without_prefix(std::string name) {
  const std::size_t colon = name.find(':');
  if (colon != std::string::npos && name.rfind("gnpy-", 0) == 0) name.erase(0, colon + 1);
  return name;
}

// "eqpt.json: Edfa[3]" and "std_low_gain" -> "eqpt.json: Edfa[3] \"std_low_gain\"".
[[nodiscard]] inline std::string entry_name(std::string_view where, std::string_view name) {
  return name.empty() ? std::string(where) : fmt::format("{} \"{}\"", where, name);
}

}  // namespace caspilink::formats::gnpy
