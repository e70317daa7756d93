// Reading JSON objects key by key: a getter that meets a problem records it and returns a harmless
// value, so that a reader goes straight down its keys and asks once at the end.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/formats/gnpy/json_value.h"
#include "link_models/result.h"

namespace caspilink::formats::gnpy {

// The first problem found in a file.
class Problems {
 public:
  void add(std::string where, std::string detail) {
    if (!first_) first_ = Error{ErrorCode::kInvalidInput, std::move(where), std::move(detail)};
  }
  [[nodiscard]] bool any() const { return first_.has_value(); }
  [[nodiscard]] Result<void> result() const {
    if (first_) return tl::unexpected(*first_);
    return {};
  }

 private:
  std::optional<Error> first_;
};

// One object. Numbers may be written as text, as YANG tools do ("80.0"); null and the empty text
// count as not given. Every key asked for is known; finish() makes the others a problem.
class JsonObject {
 public:
  // `where` names the object in errors: "topology.json: element \"Span1\": params". Anything but an
  // object is a problem, and reads as an empty one.
  JsonObject(const JsonValue& value, std::string where, Problems& problems);

  [[nodiscard]] bool has(std::string_view key) const;  // given, and not null

  [[nodiscard]] double number(std::string_view key);  // required, finite
  [[nodiscard]] std::optional<double> maybe_number(std::string_view key);
  [[nodiscard]] double number_or(std::string_view key, double otherwise);
  [[nodiscard]] std::optional<int> maybe_integer(std::string_view key);
  [[nodiscard]] bool flag_or(std::string_view key, bool otherwise);
  [[nodiscard]] std::string text(std::string_view key);  // required, not empty
  [[nodiscard]] std::optional<std::string> maybe_text(std::string_view key);
  // Lists; missing ones are empty.
  [[nodiscard]] std::vector<double> numbers(std::string_view key);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  [[nodiscard]] std::vector<JsonObject> objects(std::string_view key);
  [[nodiscard]] std::optional<JsonObject> maybe_object(std::string_view key);
  // Members of an object whose keys are free names.
  [[nodiscard]] std::vector<std::string> keys() const;

  // Known and not read: it has no bearing on results.
  void ignore(std::initializer_list<std::string_view> keys);
  // A problem with the value of a key.
  void refuse(std::string_view key, std::string_view expected);
  // A problem for every key that was not asked for.
  void finish();

  // The object named better, once it is known what it is.
  void rename(std::string where) { where_ = std::move(where); }
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] const JsonValue* raw(std::string_view key);  // nullptr where not given

 private:
  [[nodiscard]] std::string at(std::string_view key) const;
  [[nodiscard]] std::optional<double> to_number(const JsonValue& value) const;
  void missing(std::string_view key, std::string_view expected);

  const JsonValue* object_;
  std::string where_;
  Problems* problems_;
  std::vector<bool> known_;
};

}  // namespace caspilink::formats::gnpy
