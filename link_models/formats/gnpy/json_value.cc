#include "link_models/formats/gnpy/json_value.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace caspilink::formats::gnpy {
namespace {

constexpr std::size_t kDeepest = 64;

// "gnpy-eqpt-config:equipment" -> "equipment".
std::string without_module(std::string key) {
  const std::size_t colon = key.find(':');
  if (colon != std::string::npos && key.rfind("gnpy-", 0) == 0) key.erase(0, colon + 1);
  return key;
}

std::string place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
  return fmt::format("{}:{}", line, std::max<std::size_t>(column, 1));
}

// Builds values from nlohmann's events; false ends the parse.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  bool null() override { return put({nullptr}); }
  bool boolean(bool value) override { return put({value}); }
  bool number_integer(number_integer_t value) override { return put({static_cast<double>(value)}); }
  bool number_unsigned(number_unsigned_t value) override {
    return put({static_cast<double>(value)});
  }
  bool number_float(number_float_t value, const string_t&) override { return put({value}); }
  bool string(string_t& value) override { return put({std::move(value)}); }
  bool binary(binary_t&) override { return refuse("binary data is not JSON"); }
  bool start_object(std::size_t) override { return open({JsonMembers{}}); }
  bool start_array(std::size_t) override { return open({JsonArray{}}); }
  bool end_object() override { return close(); }
  bool end_array() override {
    auto& array = std::get<JsonArray>(stack_.back().value);
    if (array.size() == 1 && array.front().is_null()) stack_.back().value = nullptr;
    return close();
  }
  bool key(string_t& key) override {
    std::string name = without_module(std::move(key));
    if (stack_.back().find(name) != nullptr) {
      return refuse(fmt::format("key \"{}\" is given twice in one object", name));
    }
    keys_.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::detail::exception&) override {
    error_ = Error{ErrorCode::kInvalidInput, name_ + ":" + place(text_, position),
                   fmt::format("not valid JSON: unexpected \"{}\"", last_token)};
    return false;
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  JsonValue take() { return std::move(root_); }

 private:
  bool put(JsonValue value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (auto* array = std::get_if<JsonArray>(&stack_.back().value)) {
      array->push_back(std::move(value));
    } else {
      std::get<JsonMembers>(stack_.back().value)
          .push_back({std::move(keys_.back()), std::move(value)});
      keys_.pop_back();
    }
    return true;
  }
  bool open(JsonValue value) {
    if (stack_.size() >= kDeepest) return refuse("nested deeper than 64 levels");
    stack_.push_back(std::move(value));
    return true;
  }
  bool close() {
    JsonValue done = std::move(stack_.back());
    stack_.pop_back();
    return put(std::move(done));
  }
  bool refuse(std::string why) {
    error_ = Error{ErrorCode::kInvalidInput, name_, std::move(why)};
    return false;
  }

  std::string_view text_;
  const std::string& name_;
  JsonValue root_;
  std::vector<JsonValue> stack_;
  std::vector<std::string> keys_;
  std::optional<Error> error_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto* members = as<JsonMembers>();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(),
                                  [&](const auto& member) { return member.key == key; });
  return found == members->end() ? nullptr : &found->value;
}

std::string_view JsonValue::kind() const {
  static constexpr std::array<std::string_view, 6> kNames = {
      "null", "true or false", "a number", "a text", "a list", "an object"};
  return kNames[value.index()];
}

Result<JsonValue> parse_json(std::string_view text, const std::string& name) {
  Builder builder(text, name);
  try {
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
      return tl::unexpected(
          builder.error().value_or(Error{ErrorCode::kInvalidInput, name, "not valid JSON"}));
    }
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::kInvalidInput, name, error.what());
  }
  return builder.take();
}

Result<JsonValue> load_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::kNotFound, path,
                fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad() || text.fail()) {
    return fail(ErrorCode::kNotFound, path, "cannot be read: is it a file?");
  }
  return parse_json(text.str(), path);
}

}  // namespace caspilink::formats::gnpy
