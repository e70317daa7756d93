#include "link_models/formats/plant_names_yaml.h"

namespace caspilink::formats {

bool is_plain_name(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string plain_name(YamlMap& map, std::string_view key) {
  std::string name = map.text(key);
  if (!is_plain_name(name)) {
    map.problem(key, fmt::format("expected letters, digits, '-', '_' and '.', got '{}'", name));
  }
  return name;
}

}  // namespace caspilink::formats
