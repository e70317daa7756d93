#include "agent/simulator/gnmi_tree.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace caspilink::simulator {
namespace {

constexpr int kLongestPath = 32;

// "/a/b[name=*]/c" of the quantity table, `component` put in for the star.
std::vector<PathStep> steps_of(const simulator::Leaf& leaf, const std::string& component) {
  std::string_view path = leaf.path;
  std::vector<PathStep> steps;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view step = path.substr(0, path.find('/'));
    path.remove_prefix(step.size());
    const auto bracket = step.find('[');
    if (bracket == step.npos) {
      steps.push_back({std::string(step), "", ""});
    } else {
      const auto equals = step.find('=');
      steps.push_back({std::string(step.substr(0, bracket)),
                       std::string(step.substr(bracket + 1, equals - bracket - 1)), component});
    }
  }
  // Of statistics this equipment keeps none.
  if (leaf.statistics) steps.push_back({"instant", "", ""});
  return steps;
}

void append(const PathStep& step, gnmi::Path& path) {
  auto* elem = path.add_elem();
  elem->set_name(step.name);
  if (!step.key_name.empty()) (*elem->mutable_key())[step.key_name] = step.key_value;
}

bool matches(const gnmi::PathElem& pattern, const PathStep& step) {
  if (pattern.name() != "*" && pattern.name() != step.name) return false;
  return std::ranges::all_of(pattern.key(), [&](const auto& key) {
    return key.first == step.key_name && (key.second == "*" || key.second == step.key_value);
  });
}

using Pattern = std::vector<const gnmi::PathElem*>;

// Steps that the pattern spans from `step` on, if it matches a beginning of the path. Bounded work:
// a "..." takes as little as it can, and two in a row are as good as one.
std::optional<std::size_t> span_of(const Pattern& pattern, std::size_t at,
                                   const std::vector<PathStep>& steps, std::size_t step) {
  if (at == pattern.size()) return step;
  if (pattern[at]->name() == "...") {
    for (std::size_t next = step; next <= steps.size(); ++next) {
      if (auto found = span_of(pattern, at + 1, steps, next)) return found;
    }
    return std::nullopt;
  }
  if (step == steps.size() || !matches(*pattern[at], steps[step])) return std::nullopt;
  return span_of(pattern, at + 1, steps, step + 1);
}

bool is_ber(codec::Quantity quantity) {
  return quantity == codec::Quantity::kPreFecBer || quantity == codec::Quantity::kPostFecBer;
}

// OpenConfig's identity of an amplifier's mode; empty for other quantities.
std::string_view identity(codec::Quantity quantity, double value) {
  if (quantity != codec::Quantity::kAmplifierMode && quantity != codec::Quantity::kRepeaterMode) {
    return {};
  }
  constexpr auto kModes = std::to_array<std::string_view>(
      {"openconfig-optical-amplifier:CONSTANT_POWER", "openconfig-optical-amplifier:CONSTANT_GAIN",
       "openconfig-optical-amplifier:DYNAMIC_GAIN"});
  const auto mode = static_cast<std::size_t>(value);
  return mode >= 1 && mode <= kModes.size() ? kModes[mode - 1] : std::string_view();
}

bool is_flag(codec::Quantity quantity) { return codec::info(quantity).unit == "flag"; }

nlohmann::json scalar(codec::Quantity quantity, double value, gnmi::Encoding encoding) {
  if (const auto name = identity(quantity, value); !name.empty()) return name;
  if (is_flag(quantity)) return value != 0;
  if (encoding != gnmi::JSON_IETF) return value;
  if (is_ber(quantity)) return fmt::format("{:.18f}", value);
  return fmt::format("{:.{}f}", value, quantity == codec::Quantity::kPowerFeedCurrent ? 4 : 2);
}

void set_json(const nlohmann::json& json, gnmi::Encoding encoding, gnmi::TypedValue& out) {
  if (encoding == gnmi::JSON_IETF) {
    out.set_json_ietf_val(json.dump());
  } else {
    out.set_json_val(json.dump());
  }
}

// The member for a step, made if need be; leaves come list entry by list entry, so the wanted entry
// is the last or new.
nlohmann::json& descend(nlohmann::json& node, const PathStep& step) {
  nlohmann::json& member = node[step.name];
  if (step.key_name.empty()) return member;
  if (member.is_null() || member.back().at(step.key_name) != step.key_value) {
    member.push_back({{step.key_name, step.key_value}});
  }
  return member.back();
}

}  // namespace

GnmiTree::GnmiTree(const std::vector<Point>& points) {
  for (const auto& point : points) {
    const simulator::Leaf served = leaf_of(point);
    if (served.path.empty()) continue;
    Leaf leaf;
    leaf.point = point;
    leaf.steps = steps_of(served, point.component);
    // All but the leaf, or "<leaf>/instant".
    const std::size_t shared = leaf.steps.size() - (served.statistics ? 2 : 1);
    const auto same_node = [&](const Leaf& other) {
      return other.steps.size() == leaf.steps.size() &&
             std::equal(leaf.steps.begin(),
                        leaf.steps.begin() + static_cast<std::ptrdiff_t>(shared),
                        other.steps.begin());
    };
    if (leaves_.empty() || !same_node(leaves_.back())) {
      Node& node = nodes_.emplace_back();
      for (std::size_t i = 0; i < shared; ++i) append(leaf.steps[i], node.prefix);
    }
    for (std::size_t i = shared; i < leaf.steps.size(); ++i) {
      append(leaf.steps[i], leaf.below_prefix);
    }
    leaf.node = nodes_.size() - 1;
    nodes_.back().leaves.push_back(leaves_.size());
    leaves_.push_back(std::move(leaf));
  }
}

Result<std::vector<Selected>> GnmiTree::select(const gnmi::Path& prefix,
                                               const gnmi::Path& path) const {
  for (const auto* part : {&prefix, &path}) {
    if (!part->origin().empty() && part->origin() != "openconfig") {
      return fail(ErrorCode::kInvalidInput, to_string(path), "expected origin openconfig");
    }
  }
  if (prefix.elem_size() + path.elem_size() > kLongestPath) {
    return fail(ErrorCode::kInvalidInput, "",
                fmt::format("expected a path of at most {} elements", kLongestPath));
  }
  Pattern pattern;
  for (const auto* part : {&prefix, &path}) {
    for (const auto& elem : part->elem()) {
      const bool repeated =
          elem.name() == "..." && !pattern.empty() && pattern.back()->name() == "...";
      if (!repeated) pattern.push_back(&elem);
    }
  }
  std::vector<Selected> selected;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    if (const auto depth = span_of(pattern, 0, leaves_[i].steps, 0)) {
      selected.push_back({i, *depth});
    }
  }
  return selected;
}

bool supports(gnmi::Encoding encoding) {
  return encoding == gnmi::PROTO || encoding == gnmi::JSON || encoding == gnmi::JSON_IETF;
}

void set_value(codec::Quantity quantity, double value, gnmi::Encoding encoding,
               gnmi::TypedValue& out) {
  if (encoding == gnmi::PROTO) {
    if (const auto name = identity(quantity, value); !name.empty()) {
      out.set_string_val(std::string(name));
    } else if (is_flag(quantity)) {
      out.set_bool_val(value != 0);
    } else {
      out.set_double_val(value);
    }
  } else {
    set_json(scalar(quantity, value, encoding), encoding, out);
  }
}

void set_subtree(const std::vector<SubtreeLeaf>& leaves, gnmi::Encoding encoding,
                 gnmi::TypedValue& out) {
  nlohmann::json root;
  for (const auto& leaf : leaves) {
    nlohmann::json* node = &root;
    for (std::size_t i = leaf.depth; i < leaf.steps->size(); ++i) {
      node = &descend(*node, (*leaf.steps)[i]);
    }
    *node = scalar(leaf.quantity, leaf.value, encoding);
  }
  set_json(root, encoding, out);
}

std::string to_string(const gnmi::Path& path) {
  std::string text;
  for (const auto& elem : path.elem()) {
    text += "/" + elem.name();
    for (const auto& [key, value] : elem.key()) text += fmt::format("[{}={}]", key, value);
  }
  return text.empty() ? "/" : text;
}

}  // namespace caspilink::simulator
