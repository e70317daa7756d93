#include "link_models/formats/yaml_tree.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace caspilink::formats::detail {
namespace {

// A file nested deeper than this is no configuration; it bounds the recursion over nodes.
constexpr std::size_t kMaxDepth = 32;

// Thrown inside yaml-cpp's parser and caught in parse() below: its event interface has no other
// way to stop.
struct Refused {
  int line;
  int column;
  std::string detail;
};

// Builds our own tree from the parser's events, because the library's keeps only the last of
// duplicate keys' places and drops whether a scalar was quoted.
class TreeBuilder : public YAML::EventHandler {
 public:
  [[nodiscard]] std::unique_ptr<YamlNode> take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (awaits_key()) throw Refused{mark.line + 1, mark.column + 1, "expected a key"};
    add(make(YamlNode::Kind::kNull, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{mark.line + 1, mark.column + 1, "aliases are not allowed: write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    const bool quoted = tag == "!";
    if (!quoted) refuse_tag(mark, tag);
    if (awaits_key()) {
      take_key(mark, value);
      return;
    }
    auto node = make(YamlNode::Kind::kScalar, mark);
    node->scalar = value;
    node->quoted = quoted;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { stack_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { stack_.pop_back(); }

 private:
  static std::unique_ptr<YamlNode> make(YamlNode::Kind kind, const YAML::Mark& mark) {
    auto node = std::make_unique<YamlNode>();
    node->kind = kind;
    node->line = mark.line + 1;
    node->column = mark.column + 1;
    return node;
  }
  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw Refused{mark.line + 1, mark.column + 1, "anchors are not allowed"};
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?") {
      throw Refused{mark.line + 1, mark.column + 1, "tags are not allowed"};
    }
  }
  // A mapping's entry without a value yet waits for one; otherwise a scalar is its next key.
  [[nodiscard]] bool awaits_key() const {
    return !stack_.empty() && stack_.back()->kind == YamlNode::Kind::kMap &&
           (stack_.back()->entries.empty() || stack_.back()->entries.back().value != nullptr);
  }
  void take_key(const YAML::Mark& mark, const std::string& key) {
    YamlNode& map = *stack_.back();
    const auto before = std::find_if(map.entries.begin(), map.entries.end(),
                                     [&](const auto& entry) { return entry.key == key; });
    if (before != map.entries.end()) {
      throw Refused{mark.line + 1, mark.column + 1,
                    fmt::format("{}: expected each key once, got '{}' again (first on line {})",
                                child_path(map.path, key), key, before->key_line)};
    }
    map.entries.push_back({key, mark.line + 1, mark.column + 1, nullptr});
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (awaits_key()) throw Refused{mark.line + 1, mark.column + 1, "expected a plain key"};
    if (stack_.size() >= kMaxDepth) {
      throw Refused{mark.line + 1, mark.column + 1,
                    fmt::format("expected at most {} levels", kMaxDepth)};
    }
    stack_.push_back(add(make(kind, mark)));
  }
  YamlNode* add(std::unique_ptr<YamlNode> node) {
    YamlNode* raw = node.get();
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (YamlNode& parent = *stack_.back(); parent.kind == YamlNode::Kind::kMap) {
      raw->path = child_path(parent.path, parent.entries.back().key);
      parent.entries.back().value = std::move(node);
    } else {
      raw->path = fmt::format("{}[{}]", parent.path, parent.items.size());
      parent.items.push_back(std::move(node));
    }
    return raw;
  }

  std::unique_ptr<YamlNode> root_;
  std::vector<YamlNode*> stack_;
};

}  // namespace

std::string YamlState::at(int line, int column) const {
  return fmt::format("{}:{}:{}", file, line, column);
}

void YamlState::record(int line, int column, const std::string& path, std::string detail,
                       const YamlNode* missing_in) {
  if (first) return;
  if (!path.empty()) detail = fmt::format("{}: {}", path, detail);
  first = Problem{Error{ErrorCode::kInvalidInput, at(line, column), std::move(detail)}, missing_in};
}

void YamlState::record(const YamlNode& node, std::string detail) {
  record(node.line, node.column, node.path, std::move(detail));
}

std::string child_path(const std::string& parent, std::string_view key) {
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

Result<std::unique_ptr<YamlNode>> parse_tree(std::string_view text, const std::string& file) {
  const auto refused = [&](int line, int column, const std::string& detail) {
    return fail(ErrorCode::kInvalidInput, fmt::format("{}:{}:{}", file, line, column), detail);
  };
  TreeBuilder builder;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      return fail(ErrorCode::kInvalidInput, file, "expected one YAML document, got more");
    }
  } catch (const Refused& problem) {
    return refused(problem.line, problem.column, problem.detail);
  } catch (const YAML::Exception& problem) {
    return refused(problem.mark.line + 1, problem.mark.column + 1, problem.msg);
  }
  std::unique_ptr<YamlNode> root = builder.take();
  if (root == nullptr || root->kind != YamlNode::Kind::kMap) {
    return refused(1, 1, "expected a mapping of keys to values");
  }
  return root;
}

}  // namespace caspilink::formats::detail
