// What libraries and topologies say about ROADMs in the same words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/formats/gnpy/json_object.h"
#include "link_models/physics/roadm.h"

namespace caspilink::formats::gnpy {

// Level to equalise to: one of target_pch_out_db, target_psd_out_mWperGHz and
// target_out_mWperSlotWidth; none where none is given. More than one is a problem.
[[nodiscard]] std::optional<physics::EqualisationTarget> read_target(JsonObject& object);

struct AmplifierRestrictions {
  std::optional<std::vector<std::string>> boosters;
  std::optional<std::vector<std::string>> preamplifiers;
};
[[nodiscard]] AmplifierRestrictions read_restrictions(JsonObject& object);

// "roadm-path-impairments": profiles for ways through a ROADM.
[[nodiscard]] std::vector<design::RoadmProfile> read_profiles(JsonObject& object,
                                                              Problems& problems);

[[nodiscard]] design::RoadmType read_roadm_type(JsonObject& entry, Problems& problems);

}  // namespace caspilink::formats::gnpy
