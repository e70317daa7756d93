// Strict YAML for every file a person writes: plants and programs' configuration.
//
// Reading never stops at a problem: a getter that finds one records it and returns a harmless
// value; YamlFile::finish() then gives the one problem worth reporting. So a loader reads
// straight down its keys and asks once at the end:
//
//   auto file = YamlFile::load(path);
//   if (!file) return tl::unexpected(file.error());
//   YamlMap root = file->root();
//   config.interval = Seconds(root.number("interval_s", {.above = 0}));
//   if (auto done = file->finish(); !done) return tl::unexpected(done.error());
//
// Refused everywhere: keys never asked for, keys given twice, numbers that are not finite or out
// of range, anchors, aliases, tags and merge keys, more than one document. Errors read
// "file:line:column: path.to.key: what was expected, got what".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "link_models/result.h"

namespace caspilink::formats {

namespace detail {
struct YamlNode;
struct YamlState;
}  // namespace detail

// Bounds of a number; what is not given does not bind.
struct NumberRange {
  double above = -std::numeric_limits<double>::infinity();  // exclusive
  double below = std::numeric_limits<double>::infinity();   // exclusive
  double at_least = -std::numeric_limits<double>::infinity();
  double at_most = std::numeric_limits<double>::infinity();
};

// A handle onto one mapping of a file; keeps the file alive. Every getter marks its key as known.
class YamlMap {
 public:
  // Required keys: a missing one is a problem.
  [[nodiscard]] double number(std::string_view key, NumberRange range = {});
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);
  [[nodiscard]] bool boolean(std::string_view key);
  [[nodiscard]] std::string text(std::string_view key);  // not empty
  // Name of a file, not empty; a relative one is relative to the folder of this file.
  [[nodiscard]] std::string file_name(std::string_view key);
  [[nodiscard]] std::string choice(std::string_view key,
                                   std::initializer_list<std::string_view> allowed);
  [[nodiscard]] YamlMap map(std::string_view key);
  [[nodiscard]] std::vector<YamlMap> maps(std::string_view key);  // sequence of mappings, not empty
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);  // not empty
  [[nodiscard]] std::vector<double> numbers(std::string_view key, NumberRange range = {});
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key, std::int64_t min,
                                                   std::int64_t max);
  // A mapping from free names to mappings, not empty, in the file's order.
  [[nodiscard]] std::vector<std::pair<std::string, YamlMap>> named_maps(std::string_view key);

  // Optional keys: absent gives nullopt or the fallback, present is checked as above.
  [[nodiscard]] std::optional<double> optional_number(std::string_view key, NumberRange range = {});
  [[nodiscard]] double number_or(std::string_view key, double fallback, NumberRange range = {});
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view key, std::int64_t min,
                                                             std::int64_t max);
  [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t fallback,
                                        std::int64_t min, std::int64_t max);
  [[nodiscard]] bool boolean_or(std::string_view key, bool fallback);
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view key);
  [[nodiscard]] std::string text_or(std::string_view key, std::string_view fallback);
  [[nodiscard]] std::string file_name_or(std::string_view key, std::string_view fallback);
  [[nodiscard]] std::optional<YamlMap> optional_map(std::string_view key);
  [[nodiscard]] std::vector<YamlMap> optional_maps(std::string_view key);
  [[nodiscard]] std::vector<std::pair<std::string, YamlMap>> optional_named_maps(
      std::string_view key);
  [[nodiscard]] std::vector<std::string> optional_texts(std::string_view key);
  [[nodiscard]] std::vector<double> optional_numbers(std::string_view key, NumberRange range = {});

  [[nodiscard]] bool has(std::string_view key) const;
  // Keys in the file's order, for mappings whose keys are names.
  [[nodiscard]] std::vector<std::string> keys() const;
  // "file:line:column" of the mapping, or of a key's value where there is one.
  [[nodiscard]] std::string where() const;
  [[nodiscard]] std::string where(std::string_view key) const;

  // Records a problem the loader itself found, at the mapping or at a key's value.
  void problem(std::string detail);
  void problem(std::string_view key, std::string detail);

 private:
  friend class YamlFile;
  YamlMap(std::shared_ptr<detail::YamlState> state, detail::YamlNode* node);
  detail::YamlNode* find(std::string_view key, bool required);
  YamlMap as_map(detail::YamlNode* node);

  std::shared_ptr<detail::YamlState> state_;
  detail::YamlNode* node_;  // null for a mapping that is missing: getters answer quietly
};

class YamlFile {
 public:
  // kNotFound where the file cannot be read; kInvalidInput where it is not a YAML mapping.
  [[nodiscard]] static Result<YamlFile> load(const std::string& path);
  [[nodiscard]] static Result<YamlFile> parse(std::string_view text, const std::string& file);

  [[nodiscard]] YamlMap root();
  // Every scalar of the file in its order, "{}" for what is empty: to compare one version of a file
  // with another.
  struct Leaf {
    std::string path;  // "gnmi.targets[0].name"
    std::string text;
    std::string where;  // "file:line:column"
  };
  [[nodiscard]] std::vector<Leaf> leaves() const;

  // The first problem of the reading so far, unknown keys included. Call once all is asked for.
  [[nodiscard]] Result<void> finish() const;

 private:
  explicit YamlFile(std::shared_ptr<detail::YamlState> state);

  std::shared_ptr<detail::YamlState> state_;
};

}  // namespace caspilink::formats
