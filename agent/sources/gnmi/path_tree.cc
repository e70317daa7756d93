#include "agent/sources/gnmi/path_tree.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace caspilink::gnmi {

std::optional<codec::Statistic> statistic_from_name(std::string_view name) {
  if (name == "instant") return codec::Statistic::kInstant;
  if (name == "avg") return codec::Statistic::kAverage;
  if (name == "min") return codec::Statistic::kMinimum;
  if (name == "max") return codec::Statistic::kMaximum;
  return std::nullopt;
}

std::vector<std::string_view> Captured::split(std::string_view joined) {
  std::vector<std::string_view> captures;
  if (joined.empty()) return captures;
  while (true) {
    const std::size_t end = joined.find(kSeparator);
    captures.push_back(joined.substr(0, end));
    if (end == std::string_view::npos) return captures;
    joined.remove_prefix(end + 1);
  }
}

bool Captured::acceptable(std::string_view value) {
  return !value.empty() && value.size() <= kLongestKey && std::ranges::none_of(value, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

Node* Node::child(std::string_view wanted) const {
  Node* any = nullptr;
  for (const auto& each : children) {
    if (each->name == wanted) return each.get();
    if (each->name == "*") any = each.get();
  }
  return any;
}

Result<Node*> Node::grow(const Path& path) {
  const auto refuse = [&](std::string why) {
    return fail(ErrorCode::kInvalidInput, format_path(path), std::move(why));
  };
  if (path.elements.size() > kLongestPath) {
    return refuse(fmt::format("expected at most {} elements", kLongestPath));
  }
  Node* node = this;
  std::size_t captures = 0;
  for (const PathElement& element : path.elements) {
    if (!node->bindings.empty()) return refuse("another path reads a leaf above this one");
    const auto found = std::ranges::find_if(
        node->children, [&](const auto& each) { return each->name == element.name; });
    std::vector<std::string> asked;
    for (const auto& [key, value] : element.keys) asked.push_back(key);
    Node* next = nullptr;
    if (found != node->children.end()) {
      next = found->get();
      const auto known = [&](const std::string& key) {
        return std::ranges::find(next->keys, key) != next->keys.end();
      };
      if (!std::ranges::all_of(asked, known)) {
        return refuse(fmt::format("the keys of '{}' are [{}] in other paths", element.name,
                                  fmt::join(next->keys, "][")));
      }
    } else {
      next = node->children.emplace_back(std::make_unique<Node>()).get();
      next->name = element.name;
      next->keys = std::move(asked);
    }
    captures += next->keys.size() + (next->name == "*" ? 1 : 0);
    if (captures > kMostCaptures) {
      return refuse(fmt::format("expected at most {} keys and wildcards", kMostCaptures));
    }
    node = next;
  }
  if (!node->children.empty()) return refuse("other paths go on below this one");
  return node;
}

}  // namespace caspilink::gnmi
