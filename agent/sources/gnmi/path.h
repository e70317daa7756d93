// gNMI paths: text, wire and matching.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "link_models/result.h"

namespace gnmi {
class Path;
}

namespace caspilink::gnmi {

struct PathElement {
  std::string name;                                       // "component", or "*" for any
  std::vector<std::pair<std::string, std::string>> keys;  // {"name", "och-FP03-48"}; value "*": any

  // The value of a key; nullptr where the element does not give it.
  [[nodiscard]] const std::string* key(std::string_view name_of_key) const;

  friend bool operator==(const PathElement&, const PathElement&) = default;
};

struct Path {
  std::vector<PathElement> elements;

  friend bool operator==(const Path&, const Path&) = default;
};

// "/components/component[name=och-1]/state"; "\]" and "\\" stand for themselves within a key's
// value. Errors tell the offset.
[[nodiscard]] Result<Path> parse_path(std::string_view text);
[[nodiscard]] std::string format_path(const Path& path);

void write_path(const Path& path, ::gnmi::Path& out);

// "openconfig-platform:component" -> "component".
[[nodiscard]] std::string_view without_module(std::string_view name);

// Whether `path` is what `pattern` names, or lies below it. In the pattern an element "*" is any
// one, "..." any number of them, a key's value "*" any, and a key that is not given any.
[[nodiscard]] bool covers(const Path& pattern, const Path& path);

}  // namespace caspilink::gnmi
