// What became of each alarm, a line each: "11.0-70.0 critical cable_cut: fibre_pair_cut 3, ...".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/alarms/alarm.h"

namespace caspilink::scenarios {

class Chronicle {
 public:
  void add(double second, const alarms::Event& event);

  // Roots, in the order they were raised, with what was under them at the widest by type.
  [[nodiscard]] std::vector<std::string> lines() const;
  // What the causes of all alarms say, as they were last.
  [[nodiscard]] std::vector<std::string> causes() const;

 private:
  struct Story {
    alarms::AlarmPtr latest;
    double raised = 0;
    double cleared = -1;
    std::uint64_t parent = 0;  // the last it had
    bool was_root = false;
    std::string notes;
  };
  std::map<std::uint64_t, Story> stories_;  // by id
};

}  // namespace caspilink::scenarios
