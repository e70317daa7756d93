// The amplifiers of an equipment library.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/formats/gnpy/json_object.h"

namespace caspilink::formats::gnpy {

// An amplifier as its entry states it; stages of dual-stage types are names to be resolved.
struct AmplifierEntry {
  design::AmplifierType type;
  std::string preamplifier;
  std::string booster;
  std::string where;  // of the entry, for errors
};

// One entry, several times over where it has other names.
[[nodiscard]] std::vector<AmplifierEntry> read_amplifier(JsonObject& entry,
                                                         const std::string& library_path,
                                                         const std::vector<std::string>& configs,
                                                         Problems& problems);

// Puts the stages of dual-stage types together and checks that what multi-band types are made of
// exists.
void resolve_amplifiers(std::vector<AmplifierEntry>& entries, Problems& problems);

}  // namespace caspilink::formats::gnpy
