#include "link_models/formats/gnpy/json_object.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace caspilink::formats::gnpy {
namespace {

const JsonValue& empty_object() {
  static const JsonValue kEmpty{JsonMembers{}};
  return kEmpty;
}

std::string shown(const JsonValue& value) {
  if (const auto* text = value.as<std::string>()) return fmt::format("\"{}\"", *text);
  if (const auto* number = value.as<double>()) return fmt::format("{}", *number);
  return std::string(value.kind());
}

}  // namespace

JsonObject::JsonObject(const JsonValue& value, std::string where, Problems& problems)
    : object_(&value), where_(std::move(where)), problems_(&problems) {
  if (value.as<JsonMembers>() == nullptr) {
    problems_->add(where_, fmt::format("expected an object, got {}", value.kind()));
    object_ = &empty_object();
  }
  known_.resize(object_->as<JsonMembers>()->size());
}

std::string JsonObject::at(std::string_view key) const {
  return fmt::format("{}: {}", where_, key);
}

bool JsonObject::has(std::string_view key) const {
  const JsonValue* value = object_->find(key);
  if (value == nullptr || value->is_null()) return false;
  const auto* text = value->as<std::string>();
  return text == nullptr || !text->empty();
}

const JsonValue* JsonObject::raw(std::string_view key) {
  const JsonMembers& members = *object_->as<JsonMembers>();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].key != key) continue;
    known_[i] = true;
    return has(key) ? &members[i].value : nullptr;
  }
  return nullptr;
}

void JsonObject::missing(std::string_view key, std::string_view expected) {
  problems_->add(at(key), fmt::format("is missing: expected {}", expected));
}

void JsonObject::refuse(std::string_view key, std::string_view expected) {
  const JsonValue* value = object_->find(key);
  if (value == nullptr) return missing(key, expected);
  problems_->add(at(key), fmt::format("expected {}, got {}", expected, shown(*value)));
}

std::optional<double> JsonObject::to_number(const JsonValue& value) const {
  if (const auto* number = value.as<double>()) {
    return std::isfinite(*number) ? std::optional(*number) : std::nullopt;
  }
  const auto* text = value.as<std::string>();
  if (text == nullptr || text->empty()) return std::nullopt;
  double number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<double> JsonObject::maybe_number(std::string_view key) {
  const JsonValue* value = raw(key);
  if (value == nullptr) return std::nullopt;
  const auto number = to_number(*value);
  if (!number) refuse(key, "a number");
  return number;
}

double JsonObject::number(std::string_view key) {
  if (raw(key) == nullptr) {
    missing(key, "a number");
    return 0;
  }
  return maybe_number(key).value_or(0);
}

double JsonObject::number_or(std::string_view key, double otherwise) {
  return maybe_number(key).value_or(otherwise);
}

std::optional<int> JsonObject::maybe_integer(std::string_view key) {
  const auto number = maybe_number(key);
  if (!number) return std::nullopt;
  if (*number != std::floor(*number) || std::abs(*number) > std::numeric_limits<int>::max()) {
    refuse(key, "a whole number");
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

bool JsonObject::flag_or(std::string_view key, bool otherwise) {
  const JsonValue* value = raw(key);
  if (value == nullptr) return otherwise;
  if (const auto* flag = value->as<bool>()) return *flag;
  refuse(key, "true or false");
  return otherwise;
}

std::optional<std::string> JsonObject::maybe_text(std::string_view key) {
  const JsonValue* value = raw(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = value->as<std::string>()) return *text;
  refuse(key, "a text");
  return std::nullopt;
}

std::string JsonObject::text(std::string_view key) {
  if (raw(key) == nullptr) {
    missing(key, "a text");
    return "";
  }
  return maybe_text(key).value_or("");
}

std::vector<double> JsonObject::numbers(std::string_view key) {
  std::vector<double> numbers;
  const JsonValue* value = raw(key);
  if (value == nullptr) return numbers;
  const auto* list = value->as<JsonArray>();
  if (list == nullptr) {
    refuse(key, "a list of numbers");
    return numbers;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto number = to_number((*list)[i]);
    if (!number) {
      problems_->add(fmt::format("{}[{}]", at(key), i),
                     fmt::format("expected a number, got {}", shown((*list)[i])));
    }
    numbers.push_back(number.value_or(0));
  }
  return numbers;
}

std::vector<std::string> JsonObject::texts(std::string_view key) {
  std::vector<std::string> texts;
  const JsonValue* value = raw(key);
  if (value == nullptr) return texts;
  const auto* list = value->as<JsonArray>();
  if (list == nullptr) {
    refuse(key, "a list of names");
    return texts;
  }
  for (const JsonValue& one : *list) {
    if (const auto* text = one.as<std::string>()) {
      texts.push_back(*text);
    } else {
      refuse(key, "a list of names");
    }
  }
  return texts;
}

std::vector<JsonObject> JsonObject::objects(std::string_view key) {
  std::vector<JsonObject> objects;
  const JsonValue* value = raw(key);
  if (value == nullptr) return objects;
  const auto* list = value->as<JsonArray>();
  if (list == nullptr) {
    refuse(key, "a list of objects");
    return objects;
  }
  objects.reserve(list->size());
  for (std::size_t i = 0; i < list->size(); ++i) {
    objects.emplace_back((*list)[i], fmt::format("{}[{}]", at(key), i), *problems_);
  }
  return objects;
}

std::optional<JsonObject> JsonObject::maybe_object(std::string_view key) {
  const JsonValue* value = raw(key);
  if (value == nullptr) return std::nullopt;
  return JsonObject(*value, at(key), *problems_);
}

std::vector<std::string> JsonObject::keys() const {
  std::vector<std::string> keys;
  for (const auto& member : *object_->as<JsonMembers>()) keys.push_back(member.key);
  return keys;
}

void JsonObject::ignore(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) static_cast<void>(raw(key));
}

void JsonObject::finish() {
  const JsonMembers& members = *object_->as<JsonMembers>();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!known_[i]) problems_->add(at(members[i].key), "is not a known parameter");
  }
}

}  // namespace caspilink::formats::gnpy
