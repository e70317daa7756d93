#include "link_models/formats/gnpy/topology_json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "link_models/design/bands.h"
#include "link_models/formats/gnpy/fibre_json.h"
#include "link_models/formats/gnpy/json_object.h"
#include "link_models/formats/gnpy/roadm_json.h"
#include "link_models/formats/gnpy/yang_name.h"

namespace caspilink::formats::gnpy {
namespace {

using design::Band;
using design::Equipment;

std::vector<Band> read_bands(JsonObject& object, const std::string& key) {
  std::vector<Band> bands;
  for (JsonObject entry : object.objects(key)) {
    Band band{Hertz(entry.number("f_min")), Hertz(entry.number("f_max")), std::nullopt};
    if (const auto spacing = entry.maybe_number("spacing")) band.spacing = Hertz(*spacing);
    if (const auto channels = entry.maybe_number("number-of-channels")) {
      if (*channels <= 0) entry.refuse("number-of-channels", "a number above 0");
      band.spacing = (band.f_max - band.f_min) / std::max(*channels, 1.0);
    }
    if (band.f_min >= band.f_max) entry.refuse("f_max", "a frequency above f_min");
    if (band.spacing && *band.spacing <= Hertz(0)) entry.refuse("spacing", "a number above 0");
    entry.finish();
    bands.push_back(band);
  }
  return bands;
}

using DegreeBands = std::vector<std::pair<std::string, std::vector<Band>>>;

DegreeBands read_degree_bands(JsonObject& params) {
  DegreeBands degrees;
  if (auto object = params.maybe_object("per_degree_design_bands")) {
    for (const std::string& uid : object->keys())
      degrees.emplace_back(uid, read_bands(*object, uid));
  }
  for (JsonObject entry : params.objects("per_degree_design_bands_targets")) {
    std::string uid = entry.text("degree_uid");
    degrees.emplace_back(std::move(uid), read_bands(entry, "design_bands"));
    entry.finish();
  }
  return degrees;
}

struct DegreeKey {
  const char* key;
  physics::EqualisationTarget::Kind kind;
};
constexpr DegreeKey kDegreeTargets[] = {
    {"per_degree_pch_out_db", physics::EqualisationTarget::Kind::kChannelPower},
    {"per_degree_psd_out_mWperGHz", physics::EqualisationTarget::Kind::kPowerDensity},
    {"per_degree_psd_out_mWperSlotWidth", physics::EqualisationTarget::Kind::kPowerPerSlot},
};

std::vector<design::DegreeTarget> read_degree_targets(JsonObject& params) {
  std::vector<design::DegreeTarget> targets;
  for (const DegreeKey& known : kDegreeTargets) {
    auto object = params.maybe_object(known.key);
    if (!object) continue;
    for (const std::string& uid : object->keys()) {
      targets.push_back({uid, {known.kind, object->number(uid)}});
    }
  }
  for (JsonObject entry : params.objects("per_degree_power_targets")) {
    const std::string uid = entry.text("degree_uid");
    for (const DegreeKey& known : kDegreeTargets) {
      if (const auto value = entry.maybe_number(known.key)) {
        targets.push_back({uid, {known.kind, *value}});
      }
    }
    entry.finish();
  }
  return targets;
}

class TopologyReader {
 public:
  TopologyReader(const std::string& path, const Equipment& equipment)
      : path_(path), equipment_(equipment) {}

  Result<design::Network> read(const JsonValue& json) {
    const JsonValue* inner = json.find("topology");
    JsonObject root(inner == nullptr ? json : *inner, path_, problems_);
    root.ignore({"network_name", "metadata"});
    if (!root.has("elements")) root.refuse("elements", "a list of elements");
    for (JsonObject element : root.objects("elements")) read_element(element);
    for (JsonObject connection : root.objects("connections")) read_connection(connection);
    root.finish();
    if (auto good = problems_.result(); !good) return tl::unexpected(good.error());
    return std::move(network_);
  }

 private:
  void read_element(JsonObject& element) {
    std::string uid = element.text("uid");
    element.rename(fmt::format("{}: element \"{}\"", path_, uid));
    element.ignore({"metadata", "name"});
    const std::string kind = without_prefix(element.text("type"));
    design::NodeKind node = design::Fused{};
    if (kind == "Transceiver") {
      node = transceiver(element);
    } else if (kind == "Fiber" || kind == "RamanFiber") {
      node = fibre(element, kind == "RamanFiber");
    } else if (kind == "Edfa") {
      node = amplifier(element);
    } else if (kind == "Multiband_amplifier") {
      node = multi_band(element);
    } else if (kind == "Roadm") {
      node = roadm(element);
    } else if (kind == "Fused") {
      node = fused(element);
    } else {
      element.refuse("type",
                     "Transceiver, Fiber, RamanFiber, Edfa, Multiband_amplifier, Roadm or Fused");
    }
    element.finish();
    if (network_.find(uid)) {
      problems_.add(element.where(), "is a uid given twice");
      return;
    }
    network_.add({std::move(uid), std::move(node)});
  }

  void read_connection(JsonObject& connection) {
    const auto end = [&](const char* key) -> std::optional<design::NodeIndex> {
      const std::string uid = connection.text(key);
      const auto node = network_.find(uid);
      if (!node && !uid.empty()) connection.refuse(key, "the uid of an element");
      return node;
    };
    const auto from = end("from_node");
    const auto to = end("to_node");
    connection.finish();
    if (from && to) network_.join(*from, *to);
  }

  // The type named, or "" where the design is to choose.
  static std::string variety(JsonObject& element) {
    std::string name = element.maybe_text("type_variety").value_or("");
    return name == "default" ? "" : name;
  }

  design::Transceiver transceiver(JsonObject& element) {
    design::Transceiver read;
    read.type = element.maybe_text("type_variety").value_or("");
    if (auto params = element.maybe_object("params")) {
      read.design_bands = read_bands(*params, "design_bands");
      read.degree_bands = read_degree_bands(*params);
      params->finish();
    }
    return read;
  }

  design::Fibre fibre(JsonObject& element, bool raman) {
    const std::string name = element.maybe_text("type_variety").value_or("default");
    const auto& kinds = raman ? equipment_.raman_fibres : equipment_.fibres;
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const auto& known) { return known.name == name; });
    if (kind == kinds.end()) {
      element.refuse("type_variety", raman ? "a RamanFiber of the equipment library"
                                           : "a Fiber of the equipment library");
      return read_fibre_element(element, {}, equipment_.span, raman);
    }
    return read_fibre_element(element, *kind, equipment_.span, raman);
  }

  static design::Amplifier settings(JsonObject& holder) {
    design::Amplifier read;
    auto operational = holder.maybe_object("operational");
    if (!operational) return read;
    const auto decibels = [&](const char* key) -> std::optional<Db> {
      const auto value = operational->maybe_number(key);
      return value ? std::optional(Db(*value)) : std::nullopt;
    };
    read.gain = decibels("gain_target");
    read.delta_p = decibels("delta_p");
    read.tilt = decibels("tilt_target");
    read.output_voa = decibels("out_voa");
    read.input_voa = operational->has("in_voa") ? decibels("in_voa") : std::optional(Db(0));
    operational->ignore({"in_voa", "f_min", "f_max"});
    operational->finish();
    return read;
  }

  static std::vector<std::string> variety_list(JsonObject& element) {
    std::vector<std::string> names = element.texts("variety_list");
    if (auto params = element.maybe_object("params")) {
      if (params->has("variety_list")) names = params->texts("variety_list");
      params->finish();
    }
    return names;
  }

  void check_names(JsonObject& element, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (equipment_.amplifier(name) == nullptr) {
        element.refuse("variety_list", "amplifiers of the equipment library");
      }
    }
  }

  design::Amplifier amplifier(JsonObject& element) {
    design::Amplifier read = settings(element);
    read.type = variety(element);
    const design::AmplifierType* type = equipment_.amplifier(read.type);
    if (!read.type.empty() && (type == nullptr || type->is_multi_band())) {
      element.refuse("type_variety", "a single-band Edfa of the equipment library");
    }
    read.choice = variety_list(element);
    check_names(element, read.choice);
    return read;
  }

  design::MultiBandAmplifier multi_band(JsonObject& element) {
    design::MultiBandAmplifier read;
    read.type = variety(element);
    const design::AmplifierType* type = equipment_.amplifier(read.type);
    if (!read.type.empty() && (type == nullptr || !type->is_multi_band())) {
      element.refuse("type_variety", "a multi_band Edfa of the equipment library");
      return read;
    }
    read.choice = variety_list(element);
    check_names(element, read.choice);
    for (JsonObject entry : element.objects("amplifiers")) {
      design::Amplifier one = settings(entry);
      one.type = entry.text("type_variety");
      const design::AmplifierType* one_type = equipment_.amplifier(one.type);
      if (one_type == nullptr || one_type->is_multi_band() ||
          (type != nullptr &&
           std::find(type->bands.begin(), type->bands.end(), one.type) == type->bands.end())) {
        entry.refuse("type_variety", "a single-band amplifier that belongs to this type");
        continue;
      }
      entry.finish();
      const Band band = equipment_.bands_of(*one_type).front();
      add_band(element, read, band, std::move(one));
    }
    if (read.bands.empty() && type != nullptr) {
      for (const Band& band : equipment_.bands_of(*type)) add_band(element, read, band, {});
    }
    return read;
  }

  void add_band(JsonObject& element, design::MultiBandAmplifier& read, const Band& band,
                design::Amplifier amplifier) {
    const std::string name = design::band_name(band);
    const bool taken = std::any_of(read.bands.begin(), read.bands.end(),
                                   [&](const auto& known) { return known.first == name; });
    if (taken) {
      problems_.add(element.where() + ": amplifiers", "has more than one amplifier for " + name);
      return;
    }
    read.bands.emplace_back(name, std::move(amplifier));
    read.frequencies.push_back(band);
  }

  design::Roadm roadm(JsonObject& element) {
    design::Roadm read;
    read.type = element.maybe_text("type_variety").value_or("default");
    if (read.type.empty()) read.type = "default";
    const design::RoadmType* type = equipment_.roadm(read.type);
    if (type == nullptr) {
      element.refuse("type_variety", "a Roadm of the equipment library");
      return read;
    }
    read.target = type->target;
    read.add_drop_osnr = type->add_drop_osnr;
    read.pmd = type->pmd;
    read.pdl = type->pdl;
    read.booster_types = type->booster_types;
    read.preamplifier_types = type->preamplifier_types;
    read.profiles = type->profiles;
    auto params = element.maybe_object("params");
    if (!params) return read;
    if (const auto target = read_target(*params)) read.target = *target;
    if (const auto osnr = params->maybe_number("add_drop_osnr")) read.add_drop_osnr = Db(*osnr);
    if (const auto pmd = params->maybe_number("pmd")) read.pmd = Picoseconds(*pmd * 1e12);
    if (const auto pdl = params->maybe_number("pdl")) read.pdl = Db(*pdl);
    AmplifierRestrictions restrictions = read_restrictions(*params);
    if (restrictions.boosters) read.booster_types = *std::move(restrictions.boosters);
    if (restrictions.preamplifiers) {
      read.preamplifier_types = *std::move(restrictions.preamplifiers);
    }
    if (params->has("roadm-path-impairments")) {
      read.profiles = read_profiles(*params, problems_);
    }
    read.degree_targets = read_degree_targets(*params);
    for (JsonObject entry : params->objects("per_degree_impairments")) {
      design::DegreeProfile degree;
      degree.from = entry.text("from_degree");
      degree.to = entry.text("to_degree");
      degree.profile = entry.maybe_integer("impairment_id").value_or(-1);
      const bool known = std::any_of(read.profiles.begin(), read.profiles.end(),
                                     [&](const auto& p) { return p.id == degree.profile; });
      if (!known) entry.refuse("impairment_id", "the id of one of its roadm-path-impairments");
      entry.finish();
      read.degree_profiles.push_back(std::move(degree));
    }
    read.design_bands = read_bands(*params, "design_bands");
    read.degree_bands = read_degree_bands(*params);
    params->ignore({"roadm-path-impairments"});
    params->finish();
    return read;
  }

  static design::Fused fused(JsonObject& element) {
    design::Fused read;
    element.ignore({"type_variety"});
    if (auto params = element.maybe_object("params")) {
      read.loss = Db(params->number_or("loss", 1));
      params->finish();
    }
    return read;
  }

  const std::string& path_;
  const Equipment& equipment_;
  Problems problems_;
  design::Network network_;
};

}  // namespace

Result<design::Network> read_topology(const JsonValue& json, const std::string& name,
                                      const Equipment& equipment) {
  return TopologyReader(name, equipment).read(json);
}

Result<design::Network> load_topology(const std::string& path, const Equipment& equipment) {
  const auto json = load_json(path);
  if (!json) return tl::unexpected(json.error());
  return read_topology(*json, path, equipment);
}

}  // namespace caspilink::formats::gnpy
