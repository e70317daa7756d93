// One row of scenarios.yaml: what happens to a line and its monitor, and which alarms that must
// make, to the half second.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_models/plant/direction.h"

namespace caspilink::scenarios {

// Something that is so for a while. Which fields count depends on `what`; README.md lists them.
struct Fault {
  std::string what;
  double at = 0;
  double until = 1e9;
  std::vector<std::string> pairs;  // empty: all
  std::optional<plant::Direction> direction;
  std::vector<std::uint32_t> channels;  // empty: all
  std::string station;
  std::string element;
  std::string quantity;
  std::string source;
  double db = 0;
  double amount = 0;  // in what the fault is measured in: s, us, part
  double on = 0;      // seconds of a period in which it is so; 0: always
  double period = 0;

  [[nodiscard]] bool active(double second) const;
  [[nodiscard]] bool touches(const std::string& pair, plant::Direction direction) const;
  [[nodiscard]] bool touches(std::uint32_t channel) const;
};

// Something that is done at a moment.
struct Action {
  std::string act;
  double at = 0;
  std::string alarm;  // as alarms::describe says it
  double until = 0;
  std::string fibre_pair;
  std::string station;
};

struct Scenario {
  std::string name;
  std::size_t fibre_pairs = 3;
  bool all_channels = false;  // lit, else the reference plant's four
  double seconds = 120;
  std::vector<Fault> faults;
  std::vector<Action> actions;
  std::vector<std::string> expect;
  std::vector<std::string> says;  // what the causes of its alarms say, each at least once
};

// Fails the running test where the file is not as it should be.
[[nodiscard]] std::vector<Scenario> load(const std::string& path);

}  // namespace caspilink::scenarios
