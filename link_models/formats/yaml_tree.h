// The tree behind YamlMap; for formats/ alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/result.h"

namespace caspilink::formats::detail {

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  struct Entry {
    std::string key;
    int key_line = 0;
    int key_column = 0;
    std::unique_ptr<YamlNode> value;
  };

  Kind kind = Kind::kNull;
  int line = 0;    // from 1
  int column = 0;  // from 1
  std::string path;
  std::string scalar;
  bool quoted = false;  // a quoted scalar is text, never a number
  std::vector<std::unique_ptr<YamlNode>> items;
  std::vector<Entry> entries;                // in the file's order
  std::set<std::string, std::less<>> known;  // keys the loader asked for
};

struct YamlState {
  struct Problem {
    Error error;
    const YamlNode* missing_in = nullptr;  // set where a required key is missing from this mapping
  };

  std::string file;
  std::unique_ptr<YamlNode> root;
  std::optional<Problem> first;

  [[nodiscard]] std::string at(int line, int column) const;
  // Keeps the first problem only. An empty path stands for the whole file.
  void record(int line, int column, const std::string& path, std::string detail,
              const YamlNode* missing_in = nullptr);
  void record(const YamlNode& node, std::string detail);
};

// "parent.key".
[[nodiscard]] std::string child_path(const std::string& parent, std::string_view key);

// The one document of a text. Errors as YamlFile::parse.
[[nodiscard]] Result<std::unique_ptr<YamlNode>> parse_tree(std::string_view text,
                                                           const std::string& file);

}  // namespace caspilink::formats::detail
