#include "agent/sources/gnmi/mapping.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/sources/gnmi/json_reader.h"
#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

using codec::Reading;
using codec::Statistic;

constexpr std::string_view kOpenconfig = "openconfig";
// Deletes of a notification that must look at every part of a leaf.
constexpr std::size_t kMostWideDeletes = 256;
constexpr std::size_t kLongestProblem = 200;
// Of what a notification was read into, for the next one.
constexpr std::size_t kKeptUpdates = 4096;
constexpr std::size_t kKeptValueBytes = 4096;

// A key or name that a path left open, in the order of Node::keys.
std::vector<std::pair<std::string, std::string>> wildcards_of(const Node& root, const Path& path) {
  std::vector<std::pair<std::string, std::string>> found;  // key, the value asked for
  const Node* node = &root;
  for (const PathElement& element : path.elements) {
    node = node->child(element.name);
    if (node->name == "*") found.emplace_back("*", "*");
    for (const std::string& key : node->keys) {
      const std::string* value = element.key(key);
      found.emplace_back(key, value == nullptr ? "*" : *value);
    }
  }
  return found;
}

}  // namespace

// What one delete, or an atomic notification, takes away.
struct Mapping::Deletion {
  const Path& path;
  bool only_untouched;                                 // by the notification at hand
  std::vector<std::optional<std::string>> captures{};  // none: any
};

Result<void> Mapping::check(const std::vector<ConfiguredPath>& paths) {
  Mapping mapping({.source = ""});
  for (const ConfiguredPath& path : paths) {
    if (auto added = mapping.add(path); !added) return added;
  }
  return {};
}

Mapping::Mapping(Options options)
    : options_(std::move(options)),
      naming_{.rules = options_.rules,
              .plan = options_.plan,
              .logical_channels = options_.logical_channels,
              .modules = options_.modules},
      value_(std::make_unique<::gnmi::TypedValue>()) {
  const std::string origin(kOpenconfig);
  for (const KnownPath& known : known_paths()) {
    Path path = parse_path(known.path).value();
    const codec::QuantityInfo& row = codec::info(known.quantity);
    add(origin, path)
        .value()
        ->bindings.push_back({.quantity = &row,
                              .placement = known.placement,
                              .element = std::string(known.element),
                              .copy = known.copy});
    if (!serves(naming_, known) ||
        std::ranges::find(wanted_, path, &Wanted::path) != wanted_.end()) {
      continue;
    }
    wanted_.push_back({.path = std::move(path), .origin = "", .state = is_state(row)});
  }
  add(origin, parse_path(kComponentStatusPath).value()).value()->status = true;
  for (const ConfiguredPath& configured : options_.paths) {
    if (!add(configured)) continue;
    wanted_.push_back({.path = configured.path,
                       .origin = configured.origin,
                       .state = is_state(codec::info(configured.quantity)),
                       .stream = configured.stream,
                       .interval_ns = configured.interval_ns});
  }
}

Mapping::~Mapping() = default;

Node* Mapping::root(std::string_view origin) const {
  for (const auto& [name, node] : roots_) {
    if (name == origin) return node.get();
  }
  return nullptr;
}

Result<Node*> Mapping::add(const std::string& origin, const Path& path) {
  if (root(origin) == nullptr) roots_.emplace_back(origin, std::make_unique<Node>());
  return root(origin)->grow(path);
}

Result<void> Mapping::add(const ConfiguredPath& configured) {
  const std::string origin =
      configured.origin.empty() ? std::string(kOpenconfig) : configured.origin;
  auto leaf = add(origin, configured.path);
  if (!leaf) return tl::unexpected(leaf.error());
  Binding binding{.quantity = &codec::info(configured.quantity),
                  .scale = configured.scale,
                  .fixed = configured.fixed};
  const auto wildcards = wildcards_of(*root(origin), configured.path);
  for (const auto& [key, value] : wildcards) {
    binding.literals.push_back(value == "*" ? std::nullopt : std::optional(value));
  }
  for (const ConfiguredPath::Key& key : configured.keys) {
    const auto found =
        std::ranges::find(wildcards, key.name, &std::pair<std::string, std::string>::first);
    if (found == wildcards.end()) {
      return fail(ErrorCode::kInvalidInput, format_path(configured.path),
                  fmt::format("has no key '{}'", key.name));
    }
    binding.keys.push_back(
        {.capture = static_cast<std::size_t>(found - wildcards.begin()), .pattern = key.pattern});
  }
  // Before what is known: who configures a path of OpenConfig's means it.
  auto& bindings = (*leaf)->bindings;
  const auto known =
      std::ranges::find_if(bindings, [](const Binding& each) { return each.literals.empty(); });
  bindings.insert(known, std::move(binding));
  return {};
}

void Mapping::apply(std::string_view notification, std::int64_t now_unix_ns,
                    std::vector<codec::Observation>& out) {
  if (!wire::read_notification(notification, read_)) {
    return complain(counts_.malformed, "bytes that are no notification");
  }
  ++notification_;
  path_bytes_.clear();
  out_ = &out;
  wide_deletes_ = 0;
  time_unix_ns_ = read_.timestamp;
  if (time_unix_ns_ <= 0) {
    time_unix_ns_ = now_unix_ns;
    complain(counts_.malformed, "a notification without a timestamp");
  }
  Node* node = nullptr;
  const auto read = [&](std::string_view path) {
    std::string_view origin = kOpenconfig;
    if (!wire::read_path(read_.prefix, path, path_, path_bytes_, origin)) {
      complain(counts_.malformed, "a path that is none, or does not end");
      return false;
    }
    node = root(origin);
    return true;
  };
  // gNMI: deletes come before the updates of the same notification.
  for (const std::string_view deleted : read_.deletes) {
    if (read(deleted)) withdraw(node, path_, false);
  }
  for (const wire::Update& each : read_.updates) {
    if (!read(each.path)) continue;
    if (!value_->ParseFromArray(each.value.data(), static_cast<int>(each.value.size()))) {
      complain(counts_.malformed, "a value that is none at " + format_path(path_));
      continue;
    }
    update(node, path_, *value_);
  }
  if (read_.atomic && read({})) withdraw(node, path_, true);
  out_ = nullptr;
  if (read_.updates.capacity() > kKeptUpdates) read_ = {};
  if (value_->ByteSizeLong() > kKeptValueBytes) value_ = std::make_unique<::gnmi::TypedValue>();
}

void Mapping::update(Node* node, const Path& path, const ::gnmi::TypedValue& value) {
  if (node == nullptr) return complain(counts_.unmapped, "an origin that nobody asked for");
  captured_.clear();
  bool keyed = true;
  std::optional<Statistic> statistic;
  for (auto element = path.elements.begin(); element != path.elements.end(); ++element) {
    Node* next = node->child(element->name);
    const bool last = element + 1 == path.elements.end();
    if (next == nullptr) {
      // Below a leaf there are statistics, and what goes with them (interval, min-time, ...).
      if (!node->bindings.empty() && last) {
        statistic = statistic_from_name(element->name);
        if (!statistic) return;
        break;
      }
      return complain(counts_.unmapped, "nobody asked for " + format_path(path));
    }
    if (next->name == "*") {
      if (!Captured::acceptable(element->name)) {
        return complain(counts_.malformed, "a name of an element that is no text");
      }
      captured_.add(element->name);
    }
    if (!next->list() && !element->keys.empty()) {
      return complain(counts_.unmapped, "no path knows the keys of " + format_path(path));
    }
    for (const std::string& key : next->keys) {
      const std::string* name = element->key(key);
      if (name == nullptr && last && element->keys.empty()) {
        keyed = false;
        break;
      }
      if (name == nullptr || !Captured::acceptable(*name)) {
        return complain(counts_.malformed,
                        fmt::format("no key '{}' in {}", key, format_path(path)));
      }
      captured_.add(*name);
    }
    node = next;
  }

  if (const auto text = json_of(value)) return read_json(*node, keyed, statistic, *text);
  if (node->status) note_status(captured_.joined(), value.string_val());
  if (!node->bindings.empty()) {
    return observe(*node, captured_.joined(), statistic.value_or(Statistic::kInstant), &value,
                   nullptr);
  }
  if (!node->status) complain(counts_.malformed, "a scalar at " + format_path(path));
}

void Mapping::read_json(Node& node, bool keyed, std::optional<Statistic> statistic,
                        std::string_view text) {
  JsonReader reader(node, keyed, statistic);
  const bool good = reader.read(text);
  if (!good)
    return complain(counts_.malformed, "JSON that does not parse at " + format_path(path_));
  if (reader.problems() > 0) {
    counts_.malformed += reader.problems() - 1;
    complain(counts_.malformed, reader.last_problem());
  }
  const Captured above(captured_.joined());
  for (JsonLeaf& leaf : reader.leaves()) {
    captured_ = above;
    if (!leaf.captured.empty()) captured_.add(leaf.captured);
    if (leaf.node->status && leaf.value.is_string()) {
      note_status(captured_.joined(), leaf.value.get_ref<const std::string&>());
    }
    if (!leaf.node->bindings.empty()) {
      observe(*leaf.node, captured_.joined(), leaf.statistic.value_or(Statistic::kInstant), nullptr,
              &leaf.value);
    }
  }
}

Part* Mapping::find_part(Node& leaf, std::string_view name) {
  auto found = leaf.parts.find(name);
  if (found == leaf.parts.end()) {
    Part part;
    const auto captures = Captured::split(name);
    for (const Binding& binding : leaf.bindings) {
      if (auto place = place_of(binding, naming_, captures)) {
        part.binding = &binding;
        part.place = std::move(*place);
        break;
      }
    }
    const bool placed = part.binding != nullptr;
    std::size_t& held = placed ? parts_ : unplaced_;
    if (!placed) {
      last_problem_.clear();
      complain(counts_.unmapped,
               fmt::format("no place for {} of '{}'", leaf.bindings.front().quantity->name, name));
    }
    if (held >= options_.max_parts) {
      if (placed) {
        complain(counts_.too_many, fmt::format("more than {} parts", options_.max_parts));
      }
      return nullptr;
    }
    ++held;
    found = leaf.parts.emplace(std::string(name), std::move(part)).first;
    return placed ? &found->second : nullptr;
  }
  if (found->second.binding == nullptr) {
    ++counts_.unmapped;
    return nullptr;
  }
  return &found->second;
}

Series& Mapping::series_of(Part& part, Statistic statistic) {
  auto& series = part.series[static_cast<std::size_t>(statistic)];
  if (!series) {
    series.emplace();
    // Only logical channels have copies.
    if (!options_.logical_channels.empty() && part.place.channel != 0 && !part.binding->copy) {
      first_hand_[spot_of(part, statistic)] = &*series;
    }
  }
  return *series;
}

Mapping::Spot Mapping::spot_of(const Part& part, Statistic statistic) {
  return {part.binding->quantity->quantity, statistic, part.place.fibre_pair, part.place.channel};
}

bool Mapping::said_already(const Part& part, Statistic statistic) const {
  const auto found = first_hand_.find(spot_of(part, statistic));
  return found != first_hand_.end() && found->second->reading != Reading::kWithdrawn &&
         found->second->reading != Reading::kNotSupported;
}

void Mapping::observe(Node& leaf, std::string_view name, Statistic statistic,
                      const ::gnmi::TypedValue* value, const nlohmann::json* json) {
  Part* part = find_part(leaf, name);
  if (part == nullptr) return;
  const codec::Quantity quantity = part->binding->quantity->quantity;
  const Form form = sources::form_of(quantity);
  auto number = value != nullptr ? to_number(*value, form) : json_number(*json, form);
  if (number && *number) number = part->binding->scale.apply(**number);
  auto judged = number ? sources::judge(quantity, *number, options_.no_light_dbm)
                       : tl::unexpected(number.error());
  if (!judged) {
    return complain(counts_.invalid, fmt::format("{} of '{}': {}", part->binding->quantity->name,
                                                 name, judged.error().detail));
  }
  (void)series_of(*part, statistic);
  if (part->binding->copy && said_already(*part, statistic)) return;
  emit(*part, name, statistic, judged->reading, judged->value);
}

void Mapping::emit(Part& part, std::string_view name, Statistic statistic, Reading reading,
                   double value) {
  Series& series = series_of(part, statistic);
  series.touched = notification_;
  series.reading = reading;
  codec::Observation& made = out_->emplace_back();
  made.point.quantity = part.binding->quantity->quantity;
  made.point.statistic = statistic;
  made.point.source = options_.source;
  made.point.component = name;
  std::ranges::replace(made.point.component, Captured::kSeparator, '/');
  made.point.fibre_pair = part.place.fibre_pair;
  made.point.channel = part.place.channel;
  made.point.element = part.place.element;
  made.time_unix_ns = time_unix_ns_;
  made.reading = reading;
  made.value = value;
}

void Mapping::note_status(std::string_view part, std::string_view status) {
  constexpr auto kKnown = std::to_array<std::string_view>({"ACTIVE", "INACTIVE", "DISABLED"});
  status = without_module(status);
  const bool known = std::ranges::find(kKnown, status) != kKnown.end();
  std::string name(part);
  if (part.empty() || (statuses_.size() >= options_.max_parts && !statuses_.contains(name))) {
    return;
  }
  statuses_[std::move(name)] = known ? status : "OTHER";
}

std::map<std::string, std::uint64_t> Mapping::parts_by_status() const {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [part, status] : statuses_) ++counts[status];
  return counts;
}

void Mapping::withdraw(Node* node, const Path& path, bool only_untouched) {
  if (node == nullptr) return;
  Deletion deletion{.path = path, .only_untouched = only_untouched};
  withdraw_along(*node, deletion, 0);
  // Of a component and of what is above it, their states go too.
  const auto& elements = path.elements;
  if (only_untouched || elements.size() > 2) return;
  const std::string* name = elements.size() == 2 ? elements[1].key("name") : nullptr;
  if (name != nullptr && *name != "*") {
    statuses_.erase(*name);
  } else if (covers(path, parse_path(kComponentStatusPath).value())) {
    statuses_.clear();
  }
}

// Follows the path; what it leaves open takes every child.
void Mapping::withdraw_along(Node& node, Deletion& deletion, std::size_t element) {
  const auto& elements = deletion.path.elements;
  if (element == elements.size()) return withdraw_below(node, deletion, std::nullopt, true);
  const PathElement& step = elements[element];
  if (step.name == "...") {
    while (element + 1 < elements.size() && elements[element + 1].name == "...") ++element;
    withdraw_along(node, deletion, element + 1);
  } else if (!node.bindings.empty() && element + 1 == elements.size()) {
    if (const auto statistic = statistic_from_name(step.name)) {
      withdraw_below(node, deletion, statistic, true);
    }
  }
  for (const auto& child : node.children) {
    const bool any = step.name == "*" || step.name == "...";
    if (!any && child->name != step.name && child->name != "*") continue;
    const std::size_t before = deletion.captures.size();
    if (child->name == "*") {
      deletion.captures.push_back(any ? std::nullopt : std::optional(step.name));
    }
    for (const std::string& key : child->keys) {
      const std::string* value = step.name == "..." ? nullptr : step.key(key);
      const bool open = value == nullptr || *value == "*";
      deletion.captures.push_back(open ? std::nullopt : std::optional(*value));
    }
    withdraw_along(*child, deletion, step.name == "..." ? element : element + 1);
    deletion.captures.resize(before);
  }
}

void Mapping::withdraw_below(Node& node, Deletion& deletion, std::optional<Statistic> statistic,
                             bool exact) {
  const std::size_t before = deletion.captures.size();
  if (!node.bindings.empty() && before > 0 &&
      std::ranges::all_of(deletion.captures, [](const auto& each) { return each.has_value(); })) {
    Captured name;
    for (const auto& each : deletion.captures) {
      if (!Captured::acceptable(*each)) return;
      name.add(*each);
    }
    const auto found = node.parts.find(name.joined());
    Part* part = found == node.parts.end() ? nullptr : &found->second;
    // A leaf that is gone before it was ever seen is worth saying too: the agent may be younger.
    if (exact && !deletion.only_untouched) {
      part = find_part(node, name.joined());
      const auto seen = [](const auto& series) { return series.has_value(); };
      if (part != nullptr && (statistic || std::ranges::none_of(part->series, seen))) {
        (void)series_of(*part, statistic.value_or(Statistic::kInstant));
      }
    }
    if (part != nullptr) withdraw_part(*part, name.joined(), deletion, statistic);
  } else if (!node.bindings.empty() && !node.parts.empty()) {
    if (++wide_deletes_ > kMostWideDeletes) {
      return complain(counts_.malformed, "more deletes of everything than there is");
    }
    for (auto& [name, part] : node.parts) {
      const auto captures = Captured::split(name);
      bool meant = true;
      for (std::size_t index = 0; index < before && meant; ++index) {
        const auto& wanted = deletion.captures[index];
        meant = !wanted || (index < captures.size() && *wanted == captures[index]);
      }
      if (meant) withdraw_part(part, name, deletion, statistic);
    }
  }
  for (const auto& child : node.children) {
    if (child->name == "*") deletion.captures.emplace_back();
    for (std::size_t key = 0; key < child->keys.size(); ++key) deletion.captures.emplace_back();
    withdraw_below(*child, deletion, std::nullopt, false);
    deletion.captures.resize(before);
  }
}

void Mapping::withdraw_part(Part& part, std::string_view name, const Deletion& deletion,
                            std::optional<Statistic> statistic) {
  for (std::size_t index = 0; index < kStatistics; ++index) {
    const auto& series = part.series[index];
    const auto its = static_cast<Statistic>(index);
    if (!series || (statistic && its != *statistic)) continue;
    // Said in this notification already: as a value, which an atomic one keeps, or as withdrawn.
    if (series->touched == notification_ &&
        (deletion.only_untouched || series->reading == Reading::kWithdrawn)) {
      continue;
    }
    if (deletion.only_untouched && series->reading == Reading::kWithdrawn) continue;
    if (part.binding->copy && said_already(part, its)) continue;
    emit(part, name, its, Reading::kWithdrawn, 0);
  }
}

void Mapping::complain(std::uint64_t& count, std::string_view problem) {
  ++count;
  last_problem_ = problem.substr(0, kLongestProblem);
  std::ranges::replace_if(
      last_problem_, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '/');
}

}  // namespace caspilink::gnmi
