// Names in plant files, and references to what bears them; for formats/ alone.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "link_models/formats/yaml.h"

namespace caspilink::formats {

// A name that may become a label, a path or a certificate's name; anything else is a problem.
[[nodiscard]] bool is_plain_name(const std::string& name);
[[nodiscard]] std::string plain_name(YamlMap& map, std::string_view key);

// The item a key refers to by name; nullptr, and a problem recorded, where there is none.
template <typename Named>
const Named* refer(YamlMap& map, std::string_view key, std::string_view what,
                   const std::vector<Named>& items) {
  const std::string name = map.text(key);
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const Named& item) { return item.name == name; });
  if (found != items.end()) return &*found;
  if (!name.empty()) {
    std::vector<std::string> names;
    for (const Named& item : items) names.push_back(item.name);
    map.problem(key, fmt::format("unknown {} '{}', expected one of {}", what, name,
                                 fmt::join(names, ", ")));
  }
  return nullptr;
}

}  // namespace caspilink::formats
