#include "agent/sources/gnmi/mapping.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

using codec::Statistic;

constexpr std::size_t kStatistics = 4;

std::optional<Statistic> statistic_from_name(std::string_view name) {
  if (name == "instant") return Statistic::kInstant;
  if (name == "avg") return Statistic::kAverage;
  if (name == "min") return Statistic::kMinimum;
  if (name == "max") return Statistic::kMaximum;
  return std::nullopt;
}

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

}  // namespace

struct Mapping::Series {
  codec::MeasurementPoint point;
  std::uint64_t touched = 0;  // the last notification that spoke of it
  bool withdrawn = false;
};

// A component as one leaf sees it.
struct Mapping::Part {
  std::optional<sources::Place> place;  // none: no rule knows the name
  std::array<std::unique_ptr<Series>, kStatistics> series;
};

struct Mapping::Node {
  std::string name;
  std::string key;  // of a list: the key that names the part
  std::vector<std::unique_ptr<Node>> children;
  const codec::QuantityInfo* quantity = nullptr;  // of a leaf
  bool status = false;                            // the leaf of kComponentStatusPath
  std::unordered_map<std::string, Part, Hash, std::equal_to<>> parts;

  Node* child(std::string_view wanted) const {
    for (const auto& each : children) {
      if (each->name == wanted) return each.get();
    }
    return nullptr;
  }

  Node& grow(const Path& path) {
    Node* node = this;
    for (const PathElement& element : path.elements) {
      Node* next = node->child(element.name);
      if (next == nullptr) {
        next = node->children.emplace_back(std::make_unique<Node>()).get();
        next->name = element.name;
        if (!element.keys.empty()) next->key = element.keys.front().first;
      }
      node = next;
    }
    return *node;
  }
};

Mapping::Mapping(Options options) : options_(std::move(options)), root_(std::make_unique<Node>()) {
  for (const codec::QuantityInfo& row : codec::quantities()) {
    if (row.openconfig.empty()) continue;
    root_->grow(parse_path(row.openconfig).value()).quantity = &row;
  }
  root_->grow(parse_path(kComponentStatusPath).value()).status = true;
}

Mapping::~Mapping() = default;

std::vector<Path> Mapping::sampled_paths() const {
  std::vector<Path> paths;
  for (const codec::QuantityInfo& row : codec::quantities()) {
    const auto serves = [&](const sources::NameRule& rule) { return rule.serves(row.scope); };
    if (!row.openconfig.empty() && std::ranges::any_of(options_.rules, serves)) {
      paths.push_back(parse_path(row.openconfig).value());
    }
  }
  return paths;
}

void Mapping::apply(const ::gnmi::Notification& notification, std::int64_t now_unix_ns,
                    std::vector<codec::Observation>& out) {
  ++notification_;
  out_ = &out;
  time_unix_ns_ = notification.timestamp();
  if (time_unix_ns_ <= 0) {
    time_unix_ns_ = now_unix_ns;
    complain(counts_.malformed, "a notification without a timestamp");
  }
  // gNMI: deletes come before the updates of the same notification.
  for (const auto& deleted : notification.delete_()) {
    read_path(notification.prefix(), deleted, path_);
    withdraw(path_, false);
  }
  for (const auto& update_message : notification.update()) {
    read_path(notification.prefix(), update_message.path(), path_);
    update(path_, update_message.val());
  }
  if (notification.atomic()) {
    read_path(notification.prefix(), ::gnmi::Path::default_instance(), path_);
    withdraw(path_, true);
  }
  out_ = nullptr;
}

void Mapping::update(const Path& path, const ::gnmi::TypedValue& value) {
  Node* node = root_.get();
  std::string_view part;
  std::optional<Statistic> statistic;
  for (auto element = path.elements.begin(); element != path.elements.end(); ++element) {
    Node* next = node->child(element->name);
    if (next == nullptr) {
      // Below a leaf there are statistics, and what goes with them (interval, min-time, ...).
      if (node->quantity != nullptr && element + 1 == path.elements.end()) {
        statistic = statistic_from_name(element->name);
        if (!statistic) return;
        break;
      }
      ++counts_.unmapped;
      return;
    }
    if (!next->key.empty()) {
      const std::string* name = element->key(next->key);
      if (name != nullptr) {
        part = *name;
      } else if (element + 1 != path.elements.end()) {
        return complain(counts_.malformed, "no key in " + format_path(path));
      }
    }
    node = next;
  }

  const auto text = json_of(value);
  if (node->quantity != nullptr && (statistic || !text)) {
    return observe(*node, part, statistic.value_or(Statistic::kInstant), to_number(value));
  }
  if (node->status && !text) return note_status(part, value.string_val());
  if (!text) return complain(counts_.malformed, "a scalar at " + format_path(path));
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (json.is_discarded()) {
    return complain(counts_.malformed, "JSON that does not parse at " + format_path(path));
  }
  // A list's own path carries one entry with its key, and without it the whole list.
  if (!node->key.empty() && part.empty()) return read_list(*node, json);
  read_json(*node, part, json);
}

void Mapping::read_json(Node& node, std::string_view part, const nlohmann::json& json) {
  if (node.quantity != nullptr) return read_leaf(node, part, json);
  if (node.status) {
    if (json.is_string()) note_status(part, json.get_ref<const std::string&>());
    return;
  }
  if (!json.is_object()) {
    return complain(counts_.malformed,
                    fmt::format("JSON {} where '{}' is an object", json.type_name(), node.name));
  }
  for (const auto& [member, value] : json.items()) {
    Node* child = node.child(without_module(member));
    if (child == nullptr) continue;  // a subtree holds more than we ask for
    if (child->key.empty()) {
      read_json(*child, part, value);
    } else {
      read_list(*child, value);
    }
  }
}

void Mapping::read_list(Node& list, const nlohmann::json& json) {
  const auto read_entry = [&](const nlohmann::json& entry) {
    if (entry.is_object()) {
      for (const auto& [name, key] : entry.items()) {
        if (without_module(name) == list.key && key.is_string()) {
          return read_json(list, key.get_ref<const std::string&>(), entry);
        }
      }
    }
    complain(counts_.malformed,
             fmt::format("an entry of '{}' without its key '{}'", list.name, list.key));
  };
  if (!json.is_array()) return read_entry(json);
  for (const nlohmann::json& entry : json) read_entry(entry);
}

void Mapping::read_leaf(Node& leaf, std::string_view part, const nlohmann::json& json) {
  if (!json.is_object()) return observe(leaf, part, Statistic::kInstant, json_number(json));
  for (const auto& [member, value] : json.items()) {
    if (const auto statistic = statistic_from_name(without_module(member))) {
      observe(leaf, part, *statistic, json_number(value));
    }
  }
}

Mapping::Part* Mapping::find_part(Node& leaf, std::string_view name) {
  auto found = leaf.parts.find(name);
  if (found == leaf.parts.end()) {
    if (leaf.parts.size() >= options_.max_parts) {
      complain(counts_.too_many, fmt::format("more than {} parts", options_.max_parts));
      return nullptr;
    }
    Part part;
    for (const sources::NameRule& rule : options_.rules) {
      part.place = rule.place(leaf.quantity->scope, name);
      if (part.place) break;
    }
    if (!part.place) {
      last_problem_ = fmt::format("no pattern for {} of '{}'", leaf.quantity->name, name);
    }
    found = leaf.parts.emplace(std::string(name), std::move(part)).first;
  }
  if (!found->second.place) {
    ++counts_.unmapped;
    return nullptr;
  }
  return &found->second;
}

Mapping::Series& Mapping::series_of(Part& part, const Node& leaf, std::string_view name,
                                    Statistic statistic) {
  auto& series = part.series[static_cast<std::size_t>(statistic)];
  if (!series) {
    series = std::make_unique<Series>();
    series->point = {.quantity = leaf.quantity->quantity,
                     .statistic = statistic,
                     .source = options_.source,
                     .component = std::string(name),
                     .fibre_pair = part.place->fibre_pair,
                     .channel = part.place->channel,
                     .element = part.place->element,
                     .peer = ""};
  }
  return *series;
}

void Mapping::observe(Node& leaf, std::string_view name, Statistic statistic,
                      const Result<Number>& number) {
  Part* part = find_part(leaf, name);
  if (part == nullptr) return;
  auto judged = number ? judge(leaf.quantity->quantity, *number, options_.no_light_dbm)
                       : tl::unexpected(number.error());
  if (!judged) {
    return complain(counts_.invalid, fmt::format("{} of '{}': {}", leaf.quantity->name, name,
                                                 judged.error().detail));
  }
  emit(series_of(*part, leaf, name, statistic), judged->reading, judged->value);
}

void Mapping::emit(Series& series, codec::Reading reading, double value) {
  series.touched = notification_;
  series.withdrawn = reading == codec::Reading::kWithdrawn;
  out_->push_back(
      {.point = series.point, .time_unix_ns = time_unix_ns_, .reading = reading, .value = value});
}

void Mapping::note_status(std::string_view part, const std::string& status) {
  if (part.empty() || statuses_.size() >= options_.max_parts) return;
  statuses_[std::string(part)] = without_module(status);
}

std::map<std::string, std::uint64_t> Mapping::parts_by_status() const {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [part, status] : statuses_) ++counts[status];
  return counts;
}

void Mapping::withdraw(const Path& path, bool only_untouched) {
  Node* node = root_.get();
  const std::string* part = nullptr;
  std::optional<Statistic> statistic;
  for (auto element = path.elements.begin(); element != path.elements.end(); ++element) {
    Node* next = node->child(element->name);
    if (next == nullptr && node->quantity != nullptr && element + 1 == path.elements.end()) {
      statistic = statistic_from_name(element->name);
      if (!statistic) return;
      break;
    }
    if (next == nullptr) {
      // A wildcard for a name is rare, and the tree small: look at every leaf.
      if (element->name != "*" && element->name != "...") return;
      Path leaf_path;
      const auto visit = [&](auto&& self, Node& at) -> void {
        leaf_path.elements.push_back({.name = at.name, .keys = {}});
        if (!at.key.empty()) leaf_path.elements.back().keys = {{at.key, "*"}};
        if (at.quantity != nullptr) {
          for (auto& [name, each] : at.parts) {
            for (PathElement& step : leaf_path.elements) {
              if (!step.keys.empty()) step.keys.front().second = name;
            }
            if (covers(path, leaf_path)) withdraw_below(at, &name, std::nullopt, only_untouched);
          }
        }
        for (const auto& child : at.children) self(self, *child);
        leaf_path.elements.pop_back();
      };
      for (const auto& child : root_->children) visit(visit, *child);
      return;
    }
    if (!next->key.empty()) {
      part = element->key(next->key);
      if (part != nullptr && *part == "*") part = nullptr;
    }
    node = next;
  }
  // A leaf that is gone before it was ever seen is worth saying too: the agent may be younger.
  if (node->quantity != nullptr && part != nullptr && !only_untouched) {
    if (Part* known = find_part(*node, *part); known != nullptr) {
      const bool none =
          std::ranges::none_of(known->series, [](const auto& s) { return s != nullptr; });
      if (statistic || none) {
        (void)series_of(*known, *node, *part, statistic.value_or(Statistic::kInstant));
      }
    }
  }
  withdraw_below(*node, part, statistic, only_untouched);
  if (!only_untouched && node->name == "component" && part != nullptr) statuses_.erase(*part);
}

void Mapping::withdraw_below(Node& node, const std::string* part,
                             std::optional<Statistic> statistic, bool only_untouched) {
  if (node.quantity != nullptr) {
    const auto withdraw_part = [&](Part& each) {
      for (std::size_t index = 0; index < kStatistics; ++index) {
        Series* series = each.series[index].get();
        if (series == nullptr || (statistic && index != static_cast<std::size_t>(*statistic))) {
          continue;
        }
        if (only_untouched && (series->touched == notification_ || series->withdrawn)) continue;
        emit(*series, codec::Reading::kWithdrawn, 0);
      }
    };
    if (part == nullptr) {
      for (auto& [name, each] : node.parts) withdraw_part(each);
    } else if (const auto found = node.parts.find(*part); found != node.parts.end()) {
      withdraw_part(found->second);
    }
  }
  for (const auto& child : node.children) {
    withdraw_below(*child, part, statistic, only_untouched);
  }
}

void Mapping::complain(std::uint64_t& count, std::string problem) {
  ++count;
  last_problem_ = std::move(problem);
}

}  // namespace caspilink::gnmi
