#include "link_models/formats/yaml.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "link_models/formats/yaml_tree.h"

namespace caspilink::formats {

namespace {

using detail::child_path;
using detail::YamlNode;
using detail::YamlState;

constexpr std::size_t kMaxFileSize = 16U << 20;

// What a node is, for "got ...".
std::string shown(const YamlNode& node) {
  constexpr std::size_t kLongest = 60;
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
    case YamlNode::Kind::kScalar:
      break;
  }
  return node.scalar.size() <= kLongest ? fmt::format("'{}'", node.scalar)
                                        : fmt::format("'{}...'", node.scalar.substr(0, kLongest));
}

template <typename T>
std::optional<T> parse_whole(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string range_text(const NumberRange& range) {
  std::vector<std::string> parts;
  if (std::isfinite(range.above)) parts.push_back(fmt::format("above {}", range.above));
  if (std::isfinite(range.at_least)) parts.push_back(fmt::format("at least {}", range.at_least));
  if (std::isfinite(range.below)) parts.push_back(fmt::format("below {}", range.below));
  if (std::isfinite(range.at_most)) parts.push_back(fmt::format("at most {}", range.at_most));
  return fmt::format("a finite number{}{}", parts.empty() ? "" : " ", fmt::join(parts, " and "));
}

double number_in(YamlState& state, const YamlNode& node, const NumberRange& range) {
  if (node.kind == YamlNode::Kind::kScalar && !node.quoted) {
    const std::optional<double> value = parse_whole<double>(node.scalar);
    if (value && std::isfinite(*value) && *value > range.above && *value < range.below &&
        *value >= range.at_least && *value <= range.at_most) {
      return *value;
    }
  }
  state.record(node, fmt::format("expected {}, got {}", range_text(range), shown(node)));
  return 0;
}

std::int64_t integer_in(YamlState& state, const YamlNode& node, std::int64_t min,
                        std::int64_t max) {
  if (node.kind == YamlNode::Kind::kScalar && !node.quoted) {
    const auto value = parse_whole<std::int64_t>(node.scalar);
    if (value && *value >= min && *value <= max) return *value;
  }
  state.record(node,
               fmt::format("expected a whole number from {} to {}, got {}", min, max, shown(node)));
  return min;
}

std::string text_in(YamlState& state, const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kScalar && !node.scalar.empty()) return node.scalar;
  state.record(node, fmt::format("expected text, got {}",
                                 node.kind == YamlNode::Kind::kScalar ? "''" : shown(node)));
  return "";
}

const std::vector<std::unique_ptr<YamlNode>>& items_in(YamlState& state, const YamlNode& node,
                                                       std::string_view of) {
  static const std::vector<std::unique_ptr<YamlNode>> kNone;
  if (node.kind == YamlNode::Kind::kSequence && !node.items.empty()) return node.items;
  state.record(node,
               fmt::format("expected a list of {}, got {}", of,
                           node.kind == YamlNode::Kind::kSequence ? "an empty one" : shown(node)));
  return kNone;
}

// The first key, in the file's order, that nobody asked for.
void find_unknown(const YamlState& state, const YamlNode& node, std::optional<Error>& found) {
  if (found) return;
  for (const YamlNode::Entry& entry : node.entries) {
    if (found) return;
    if (!node.known.contains(entry.key)) {
      found = Error{ErrorCode::kInvalidInput, state.at(entry.key_line, entry.key_column),
                    fmt::format("{}: unknown key, expected one of {}",
                                child_path(node.path, entry.key), fmt::join(node.known, ", "))};
      return;
    }
    find_unknown(state, *entry.value, found);
  }
  for (const auto& item : node.items) find_unknown(state, *item, found);
}

}  // namespace

YamlMap::YamlMap(std::shared_ptr<YamlState> state, YamlNode* node)
    : state_(std::move(state)), node_(node) {}

YamlNode* YamlMap::find(std::string_view key, bool required) {
  if (node_ == nullptr) return nullptr;
  node_->known.emplace(key);
  for (const YamlNode::Entry& entry : node_->entries) {
    if (entry.key == key) return entry.value.get();
  }
  if (required) {
    state_->record(node_->line, node_->column, node_->path,
                   fmt::format("expected the key '{}', got none", key), node_);
  }
  return nullptr;
}

YamlMap YamlMap::as_map(YamlNode* node) {
  if (node != nullptr && node->kind != YamlNode::Kind::kMap) {
    state_->record(*node, fmt::format("expected a mapping, got {}", shown(*node)));
    node = nullptr;
  }
  return {state_, node};
}

double YamlMap::number(std::string_view key, NumberRange range) {
  const YamlNode* node = find(key, true);
  return node == nullptr ? 0 : number_in(*state_, *node, range);
}

std::optional<double> YamlMap::optional_number(std::string_view key, NumberRange range) {
  const YamlNode* node = find(key, false);
  if (node == nullptr) return std::nullopt;
  return number_in(*state_, *node, range);
}

double YamlMap::number_or(std::string_view key, double fallback, NumberRange range) {
  return optional_number(key, range).value_or(fallback);
}

std::optional<std::int64_t> YamlMap::optional_integer(std::string_view key, std::int64_t min,
                                                      std::int64_t max) {
  const YamlNode* node = find(key, false);
  if (node == nullptr) return std::nullopt;
  return integer_in(*state_, *node, min, max);
}

std::vector<std::int64_t> YamlMap::integers(std::string_view key, std::int64_t min,
                                            std::int64_t max) {
  std::vector<std::int64_t> integers;
  if (const YamlNode* node = find(key, true)) {
    for (const auto& item : items_in(*state_, *node, "whole numbers")) {
      integers.push_back(integer_in(*state_, *item, min, max));
    }
  }
  return integers;
}

std::int64_t YamlMap::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  (void)find(key, true);
  return optional_integer(key, min, max).value_or(min);
}

std::int64_t YamlMap::integer_or(std::string_view key, std::int64_t fallback, std::int64_t min,
                                 std::int64_t max) {
  return optional_integer(key, min, max).value_or(fallback);
}

bool YamlMap::boolean(std::string_view key) {
  (void)find(key, true);
  return boolean_or(key, false);
}

bool YamlMap::boolean_or(std::string_view key, bool fallback) {
  const YamlNode* node = find(key, false);
  if (node == nullptr) return fallback;
  if (node->kind == YamlNode::Kind::kScalar && !node->quoted) {
    if (node->scalar == "true") return true;
    if (node->scalar == "false") return false;
  }
  state_->record(*node, fmt::format("expected true or false, got {}", shown(*node)));
  return fallback;
}

std::string YamlMap::text(std::string_view key) {
  const YamlNode* node = find(key, true);
  return node == nullptr ? "" : text_in(*state_, *node);
}

std::optional<std::string> YamlMap::optional_text(std::string_view key) {
  const YamlNode* node = find(key, false);
  if (node == nullptr) return std::nullopt;
  return text_in(*state_, *node);
}

std::string YamlMap::text_or(std::string_view key, std::string_view fallback) {
  return optional_text(key).value_or(std::string(fallback));
}

std::string YamlMap::file_name(std::string_view key) {
  const std::string name = text(key);
  if (name.empty()) return name;
  return (std::filesystem::path(state_->file).parent_path() / name).string();
}

std::string YamlMap::file_name_or(std::string_view key, std::string_view fallback) {
  return has(key) ? file_name(key) : std::string(fallback);
}

std::string YamlMap::choice(std::string_view key, std::initializer_list<std::string_view> allowed) {
  const YamlNode* node = find(key, true);
  if (node == nullptr) return std::string(*allowed.begin());
  if (node->kind == YamlNode::Kind::kScalar &&
      std::find(allowed.begin(), allowed.end(), node->scalar) != allowed.end()) {
    return node->scalar;
  }
  state_->record(*node,
                 fmt::format("expected one of {}, got {}", fmt::join(allowed, ", "), shown(*node)));
  return std::string(*allowed.begin());
}

YamlMap YamlMap::map(std::string_view key) { return as_map(find(key, true)); }

std::optional<YamlMap> YamlMap::optional_map(std::string_view key) {
  YamlNode* node = find(key, false);
  if (node == nullptr) return std::nullopt;
  return as_map(node);
}

std::vector<YamlMap> YamlMap::maps(std::string_view key) {
  (void)find(key, true);
  return optional_maps(key);
}

std::vector<YamlMap> YamlMap::optional_maps(std::string_view key) {
  std::vector<YamlMap> maps;
  if (const YamlNode* node = find(key, false)) {
    for (const auto& item : items_in(*state_, *node, "mappings"))
      maps.push_back(as_map(item.get()));
  }
  return maps;
}

std::vector<std::string> YamlMap::texts(std::string_view key) {
  (void)find(key, true);
  return optional_texts(key);
}

std::vector<std::string> YamlMap::optional_texts(std::string_view key) {
  std::vector<std::string> texts;
  if (const YamlNode* node = find(key, false)) {
    for (const auto& item : items_in(*state_, *node, "texts")) {
      texts.push_back(text_in(*state_, *item));
    }
  }
  return texts;
}

std::vector<double> YamlMap::numbers(std::string_view key, NumberRange range) {
  (void)find(key, true);
  return optional_numbers(key, range);
}

std::vector<double> YamlMap::optional_numbers(std::string_view key, NumberRange range) {
  std::vector<double> numbers;
  if (const YamlNode* node = find(key, false)) {
    for (const auto& item : items_in(*state_, *node, "numbers")) {
      numbers.push_back(number_in(*state_, *item, range));
    }
  }
  return numbers;
}

std::vector<std::pair<std::string, YamlMap>> YamlMap::named_maps(std::string_view key) {
  (void)find(key, true);
  return optional_named_maps(key);
}

std::vector<std::pair<std::string, YamlMap>> YamlMap::optional_named_maps(std::string_view key) {
  std::vector<std::pair<std::string, YamlMap>> maps;
  YamlNode* node = find(key, false);
  if (node == nullptr) return maps;
  if (node->kind == YamlNode::Kind::kMap && node->entries.empty()) {
    state_->record(*node, "expected at least one entry, got none");
  }
  YamlMap outer = as_map(node);
  for (const std::string& name : outer.keys()) maps.emplace_back(name, outer.map(name));
  return maps;
}

bool YamlMap::has(std::string_view key) const {
  return node_ != nullptr &&
         std::any_of(node_->entries.begin(), node_->entries.end(),
                     [&](const YamlNode::Entry& entry) { return entry.key == key; });
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> keys;
  if (node_ == nullptr) return keys;
  for (const YamlNode::Entry& entry : node_->entries) keys.push_back(entry.key);
  return keys;
}

std::string YamlMap::where() const {
  return node_ == nullptr ? state_->file : state_->at(node_->line, node_->column);
}

std::string YamlMap::where(std::string_view key) const {
  if (node_ != nullptr) {
    for (const YamlNode::Entry& entry : node_->entries) {
      if (entry.key == key) return state_->at(entry.value->line, entry.value->column);
    }
  }
  return where();
}

void YamlMap::problem(std::string detail) {
  if (node_ != nullptr) state_->record(*node_, std::move(detail));
}

void YamlMap::problem(std::string_view key, std::string detail) {
  if (node_ == nullptr) return;
  for (const YamlNode::Entry& entry : node_->entries) {
    if (entry.key == key) return state_->record(*entry.value, std::move(detail));
  }
  state_->record(node_->line, node_->column, child_path(node_->path, key), std::move(detail));
}

YamlFile::YamlFile(std::shared_ptr<YamlState> state) : state_(std::move(state)) {}

Result<YamlFile> YamlFile::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::kNotFound, path, "cannot be opened for reading");
  std::string text;
  std::vector<char> block(1U << 16);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFileSize) {
      return fail(ErrorCode::kInvalidInput, path,
                  fmt::format("expected at most {} bytes", kMaxFileSize));
    }
  }
  if (in.bad()) return fail(ErrorCode::kNotFound, path, "cannot be read");
  return parse(text, path);
}

Result<YamlFile> YamlFile::parse(std::string_view text, const std::string& file) {
  auto root = detail::parse_tree(text, file);
  if (!root) return tl::unexpected(root.error());
  auto state = std::make_shared<YamlState>();
  state->file = file;
  state->root = std::move(*root);
  return YamlFile(std::move(state));
}

YamlMap YamlFile::root() { return {state_, state_->root.get()}; }

std::vector<YamlFile::Leaf> YamlFile::leaves() const {
  std::vector<Leaf> found;
  const std::function<void(const detail::YamlNode&)> visit = [&](const detail::YamlNode& node) {
    for (const auto& item : node.items) visit(*item);
    for (const auto& entry : node.entries) visit(*entry.value);
    if (node.kind == detail::YamlNode::Kind::kScalar) {
      found.push_back({node.path, node.scalar, state_->at(node.line, node.column)});
    } else if (node.items.empty() && node.entries.empty()) {
      found.push_back({node.path, "{}", state_->at(node.line, node.column)});
    }
  };
  visit(*state_->root);
  return found;
}

Result<void> YamlFile::finish() const {
  std::optional<Error> unknown;
  if (!state_->first) {
    find_unknown(*state_, *state_->root, unknown);
  } else if (const YamlNode* map = state_->first->missing_in) {
    // A missing key beside an unknown one is most often a misspelling of it: point there.
    for (const YamlNode::Entry& entry : map->entries) {
      if (map->known.contains(entry.key)) continue;
      unknown = Error{ErrorCode::kInvalidInput, state_->at(entry.key_line, entry.key_column),
                      fmt::format("{}: unknown key, expected one of {}",
                                  child_path(map->path, entry.key), fmt::join(map->known, ", "))};
      break;
    }
  }
  if (unknown) return tl::unexpected(*unknown);
  if (state_->first) return tl::unexpected(state_->first->error);
  return {};
}

}  // namespace caspilink::formats
