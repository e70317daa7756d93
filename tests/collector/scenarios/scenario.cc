#include "tests/collector/scenarios/scenario.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <yaml-cpp/yaml.h>

namespace caspilink::scenarios {
namespace {

// Keys of a map that nobody has asked for are mistakes.
class Row {
 public:
  explicit Row(const YAML::Node& node) : node_(node) {}

  template <typename T>
  void read(const char* key, T& into) {
    if (!node_[key]) return;
    known_.emplace_back(key);
    into = node_[key].as<T>();
  }
  void read(const char* key, std::optional<plant::Direction>& into) {
    std::string text;
    read(key, text);
    if (text.empty()) return;
    into = plant::direction_from_string(text).value();
  }
  YAML::Node take(const char* key) {
    known_.emplace_back(key);
    return node_[key];
  }
  void finish() const {
    for (const auto& entry : node_) {
      const auto key = entry.first.as<std::string>();
      if (std::ranges::find(known_, key) == known_.end()) {
        throw std::runtime_error("line " + std::to_string(entry.first.Mark().line + 1) +
                                 ": unknown key " + key);
      }
    }
  }

 private:
  YAML::Node node_;
  std::vector<std::string> known_;
};

Fault fault_of(const YAML::Node& node) {
  Row row(node);
  Fault fault;
  row.read("fault", fault.what);
  row.read("at", fault.at);
  row.read("until", fault.until);
  row.read("pairs", fault.pairs);
  row.read("direction", fault.direction);
  row.read("channels", fault.channels);
  row.read("station", fault.station);
  row.read("element", fault.element);
  row.read("quantity", fault.quantity);
  row.read("source", fault.source);
  row.read("db", fault.db);
  row.read("amount", fault.amount);
  row.read("on", fault.on);
  row.read("period", fault.period);
  row.finish();
  return fault;
}

Action action_of(const YAML::Node& node) {
  Row row(node);
  Action action;
  row.read("do", action.act);
  row.read("at", action.at);
  row.read("alarm", action.alarm);
  row.read("until", action.until);
  row.read("fibre_pair", action.fibre_pair);
  row.read("station", action.station);
  row.finish();
  return action;
}

}  // namespace

bool Fault::active(double second) const {
  if (second < at || second >= until) return false;
  return period <= 0 || std::fmod(second - at, period) < on;
}

bool Fault::touches(const std::string& pair, plant::Direction way) const {
  return (pairs.empty() || std::ranges::find(pairs, pair) != pairs.end()) &&
         (!direction || *direction == way);
}

bool Fault::touches(std::uint32_t channel) const {
  return channels.empty() || std::ranges::find(channels, channel) != channels.end();
}

std::vector<Scenario> load(const std::string& path) {
  std::vector<Scenario> scenarios;
  for (const YAML::Node& node : YAML::LoadFile(path)) {
    Row row(node);
    Scenario scenario;
    row.read("name", scenario.name);
    row.read("fibre_pairs", scenario.fibre_pairs);
    row.read("all_channels", scenario.all_channels);
    row.read("seconds", scenario.seconds);
    row.read("expect", scenario.expect);
    row.read("says", scenario.says);
    for (const YAML::Node& one : row.take("happens")) {
      if (one["fault"]) {
        scenario.faults.push_back(fault_of(one));
      } else {
        scenario.actions.push_back(action_of(one));
      }
    }
    row.finish();
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

}  // namespace caspilink::scenarios
