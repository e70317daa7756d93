// JSON as plain values, in the file's order and checked while it is read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "link_models/result.h"

namespace caspilink::formats::gnpy {

struct JsonValue;
struct JsonMember;
using JsonArray = std::vector<JsonValue>;
using JsonMembers = std::vector<JsonMember>;

struct JsonValue {
  std::variant<std::nullptr_t, bool, double, std::string, JsonArray, JsonMembers> value;

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value);
  }
  // Member of an object; nullptr where there is none, or this is not an object.
  [[nodiscard]] const JsonValue* find(std::string_view key) const;
  // What it is, for messages: "a number", "an object", ...
  [[nodiscard]] std::string_view kind() const;
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

// Reads JSON text; `name` is what errors call it. Members of YANG modules lose their module's
// name ("gnpy-network-topology:topology"), and [null] counts as null, as RFC 7951 writes it.
// kInvalidInput with line and column for broken syntax; with the key for one given twice; for
// more than 64 levels of nesting.
[[nodiscard]] Result<JsonValue> parse_json(std::string_view text, const std::string& name);

// The same from a file. kNotFound where it cannot be read.
[[nodiscard]] Result<JsonValue> load_json(const std::string& path);

}  // namespace caspilink::formats::gnpy
