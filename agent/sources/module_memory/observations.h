// Readings of a module as Observations of the agent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/sources/module_memory/readings.h"
#include "proto/codec/observation.h"

namespace caspilink::module_memory {

// Where the module stands. A module that carries one channel of the line has fibre_pair and
// channel; of others they are empty and 0.
struct ModulePlace {
  std::string source;     // name of the module in the agent's configuration
  std::string component;  // name of its port or file at the equipment
  std::string fibre_pair;
  std::uint32_t channel = 0;
};

struct MappingOptions {
  // Powers at or below are no light. -40 dBm is 0.1 uW, the smallest step of a power register,
  // which modules show when there is nothing.
  double no_light_at_or_below_dbm = -40;
};

// All readings that the quantity table has a row for. A module with a channel and one lane with a
// media signal gives channel quantities; lanes of others are told by element "lane-1" and so on.
//
// What could not be read, or is not valid yet, or lies outside its quantity's range gives no
// Observation. An error ratio of 0 means that no error was seen: READING_BELOW_RANGE. Without light
// at a receiver, what it says of the signal is READING_NO_LIGHT too.
[[nodiscard]] std::vector<codec::Observation> to_observations(const ModuleReadings& readings,
                                                              const ModulePlace& place,
                                                              std::int64_t time_unix_ns,
                                                              const MappingOptions& options = {});

}  // namespace caspilink::module_memory
