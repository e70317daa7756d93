#include "link_models/formats/gnpy/roadm_json.h"

#include <algorithm>
#include <utility>

#include "link_models/formats/gnpy/yang_name.h"

namespace caspilink::formats::gnpy {
namespace {

using physics::EqualisationTarget;

struct TargetKey {
  const char* key;
  EqualisationTarget::Kind kind;
};
constexpr TargetKey kTargets[] = {
    {"target_pch_out_db", EqualisationTarget::Kind::kChannelPower},
    {"target_psd_out_mWperGHz", EqualisationTarget::Kind::kPowerDensity},
    {"target_out_mWperSlotWidth", EqualisationTarget::Kind::kPowerPerSlot},
};

physics::RoadmImpairment read_impairment(JsonObject& entry) {
  physics::RoadmImpairment impairment;
  if (auto range = entry.maybe_object("frequency-range")) {
    const auto from = range->maybe_number("lower-frequency");
    const auto to = range->maybe_number("upper-frequency");
    if (from) impairment.from = Hertz(*from);
    if (to) impairment.to = Hertz(*to);
    range->finish();
  }
  impairment.maximum_loss = Db(entry.number_or("roadm-maxloss", 0));
  impairment.pmd = Picoseconds(entry.number_or("roadm-pmd", 0) * 1e12);
  impairment.pdl = Db(entry.number_or("roadm-pdl", 0));
  if (const auto osnr = entry.maybe_number("roadm-osnr")) impairment.osnr = Db(*osnr);
  // Stated by libraries and of no effect in GNPy.
  entry.ignore({"roadm-cd", "roadm-inband-crosstalk", "roadm-pmax", "roadm-noise-figure",
                "roadm-minloss", "roadm-typloss", "roadm-pmin", "roadm-ptyp", "minloss", "typloss",
                "pmin", "ptyp"});
  entry.finish();
  return impairment;
}

}  // namespace

std::optional<EqualisationTarget> read_target(JsonObject& object) {
  std::optional<EqualisationTarget> target;
  for (const TargetKey& known : kTargets) {
    const auto value = object.maybe_number(known.key);
    if (!value) continue;
    if (target) object.refuse(known.key, "one kind of equalisation only");
    if (known.kind != EqualisationTarget::Kind::kChannelPower && *value <= 0) {
      object.refuse(known.key, "a density above 0");
    }
    target = EqualisationTarget{known.kind, *value};
  }
  return target;
}

AmplifierRestrictions read_restrictions(JsonObject& object) {
  AmplifierRestrictions read;
  auto restrictions = object.maybe_object("restrictions");
  if (!restrictions) return read;
  if (restrictions->has("booster_variety_list")) {
    read.boosters = restrictions->texts("booster_variety_list");
  }
  if (restrictions->has("preamp_variety_list")) {
    read.preamplifiers = restrictions->texts("preamp_variety_list");
  }
  restrictions->finish();
  return read;
}

std::vector<design::RoadmProfile> read_profiles(JsonObject& object, Problems& problems) {
  static constexpr std::pair<const char*, design::RoadmWay> kWays[] = {
      {"roadm-express-path", design::RoadmWay::kExpress},
      {"roadm-add-path", design::RoadmWay::kAdd},
      {"roadm-drop-path", design::RoadmWay::kDrop},
  };
  std::vector<design::RoadmProfile> profiles;
  for (JsonObject entry : object.objects("roadm-path-impairments")) {
    design::RoadmProfile profile;
    const auto id = entry.maybe_integer("roadm-path-impairments-id");
    if (!id) entry.refuse("roadm-path-impairments-id", "a whole number");
    profile.id = id.value_or(0);
    int ways = 0;
    for (const auto& [key, way] : kWays) {
      if (!entry.has(key)) continue;
      ++ways;
      profile.way = way;
      for (JsonObject impairment : entry.objects(key)) {
        profile.impairments.push_back(read_impairment(impairment));
      }
    }
    if (ways != 1 || profile.impairments.empty()) {
      problems.add(entry.where(),
                   "expected one of roadm-express-path, roadm-add-path and roadm-drop-path");
    }
    entry.finish();
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

design::RoadmType read_roadm_type(JsonObject& entry, Problems& problems) {
  design::RoadmType type;
  type.name = entry.maybe_text("type_variety").value_or("default");
  entry.rename(entry_name(entry.where(), type.name));
  const auto target = read_target(entry);
  if (!target) entry.refuse("target_pch_out_db", "a level to equalise to");
  type.target = target.value_or(EqualisationTarget{});
  type.add_drop_osnr = Db(entry.number_or("add_drop_osnr", 100));
  type.pmd = Picoseconds(entry.number_or("pmd", 0) * 1e12);
  type.pdl = Db(entry.number_or("pdl", 0));
  AmplifierRestrictions restrictions = read_restrictions(entry);
  type.booster_types = std::move(restrictions.boosters).value_or(std::vector<std::string>{});
  type.preamplifier_types =
      std::move(restrictions.preamplifiers).value_or(std::vector<std::string>{});
  type.profiles = read_profiles(entry, problems);
  entry.finish();
  return type;
}

}  // namespace caspilink::formats::gnpy
