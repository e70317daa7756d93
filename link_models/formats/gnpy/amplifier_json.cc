#include "link_models/formats/gnpy/amplifier_json.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "link_models/formats/gnpy/amplifier_config.h"
#include "link_models/formats/gnpy/polynomial.h"
#include "link_models/formats/gnpy/yang_name.h"

namespace caspilink::formats::gnpy {
namespace {

using design::AmplifierType;

physics::BandProfile profile(std::vector<double> values) {
  if (values.empty()) return {};
  return {std::move(values)};
}

// The side file an entry names under a key, or what amplifiers have without one.
AmplifierConfig config_of(JsonObject& entry, std::string_view key, bool required,
                          const std::string& library_path, const std::vector<std::string>& configs,
                          Problems& problems) {
  const auto name = required ? std::optional(entry.text(key)) : entry.maybe_text(key);
  if (!name || name->empty()) return standard_amplifier_config();
  auto config = find_amplifier_config(*name, library_path, configs);
  if (config) return *std::move(config);
  problems.add(entry.where() + ": " + std::string(key), config.error().message());
  return standard_amplifier_config();
}

std::optional<physics::NoiseFigureModel> noise_model(JsonObject& entry, const std::string& kind,
                                                     const AmplifierType& type,
                                                     const AmplifierConfig& config,
                                                     Problems& problems) {
  if (kind == "fixed_gain") {
    entry.ignore({"nf_min", "nf_max"});
    return physics::FixedNoiseFigure{Db(entry.number("nf0"))};
  }
  if (kind == "variable_gain") {
    entry.ignore({"nf0"});
    const Db nf_min(entry.number("nf_min"));
    const Db nf_max(entry.number("nf_max"));
    if (problems.any()) return physics::FixedNoiseFigure{};
    const auto coils = physics::fit_two_coils(nf_min, nf_max, type.gain_min, type.gain_flatmax);
    if (coils) return *coils;
    problems.add(entry.where() + ": nf_min, nf_max", coils.error().detail);
    return physics::FixedNoiseFigure{};
  }
  if (kind == "advanced_model") {
    if (config.noise_coefficients.empty()) {
      entry.refuse("advanced_config_from_json", "a file with nf_fit_coeff");
    }
    return physics::PolynomialNoiseFigure{config.noise_coefficients};
  }
  if (kind == "openroadm") {
    auto coefficients = read_polynomial(entry, "nf_coef");
    if (coefficients.empty()) entry.refuse("nf_coef", "a list of coefficients");
    return physics::OpenRoadmInLineNoise{std::move(coefficients)};
  }
  if (kind == "openroadm_preamp") return physics::OpenRoadmPreamplifierNoise{};
  if (kind == "openroadm_booster") return physics::NoNoise{};
  return std::nullopt;
}

void read_band(JsonObject& entry, const AmplifierConfig& config, AmplifierType& type) {
  const auto f_min = entry.maybe_number("f_min");
  const auto f_max = entry.maybe_number("f_max");
  if (f_min.has_value() != f_max.has_value()) {
    entry.refuse(f_min ? "f_max" : "f_min", "both ends of the band, or neither");
  }
  type.model.f_min = f_min ? Hertz(*f_min) : config.f_min;
  type.model.f_max = f_max ? Hertz(*f_max) : config.f_max;
  if (type.model.f_min >= type.model.f_max) entry.refuse("f_max", "a frequency above f_min");
}

void resolve_stages(AmplifierEntry& entry, const std::vector<AmplifierEntry>& entries,
                    Problems& problems) {
  const auto stage = [&](const char* key, const std::string& name) -> const AmplifierType* {
    for (const AmplifierEntry& other : entries) {
      if (other.type.name != name) continue;
      if (other.type.model.stages.size() == 1) return &other.type;
      problems.add(entry.where + ": " + key, "expected a single-stage amplifier, got " + name);
      return nullptr;
    }
    problems.add(entry.where + ": " + key, "names no amplifier of the library: " + name);
    return nullptr;
  };
  const AmplifierType* first = stage("preamp_variety", entry.preamplifier);
  const AmplifierType* second = stage("booster_variety", entry.booster);
  if (first == nullptr || second == nullptr) return;
  if (entry.type.gain_min < first->gain_min) {
    problems.add(entry.where + ": gain_min", "is below its preamplifier's: expected at least " +
                                                 std::to_string(first->gain_min.value()) + " dB");
  }
  entry.type.gain_flatmax = first->gain_flatmax + second->gain_flatmax;
  entry.type.model.maximum_power = second->model.maximum_power;
  entry.type.model.stages = {first->model.stages.front(), second->model.stages.front()};
}

}  // namespace

std::vector<AmplifierEntry> read_amplifier(JsonObject& entry, const std::string& library_path,
                                           const std::vector<std::string>& configs,
                                           Problems& problems) {
  AmplifierEntry read;
  AmplifierType& type = read.type;
  type.name = entry.text("type_variety");
  entry.rename(entry_name(entry.where(), type.name));
  read.where = entry.where();
  const std::string kind = without_prefix(entry.maybe_text("type_def").value_or("variable_gain"));
  const std::vector<std::string> other_names = entry.texts("other_name");
  type.allowed_for_design = entry.flag_or("allowed_for_design", false);
  type.raman = entry.flag_or("raman", false);
  type.sets_output_voa = entry.flag_or("out_voa_auto", false);
  // Stated by libraries and of no effect in GNPy.
  entry.ignore({"extended_gain_range", "in_voa_auto", "voa_step", "comment"});

  if (kind == "multi_band") {
    type.bands = entry.texts("amplifiers");
    if (type.bands.empty()) entry.refuse("amplifiers", "a list of amplifiers");
    entry.ignore({"f_min", "f_max", "gain_flatmax", "gain_min", "p_max", "pmd", "pdl"});
  } else {
    const bool advanced = kind == "advanced_model";
    const AmplifierConfig config =
        config_of(entry, advanced ? "advanced_config_from_json" : "default_config_from_json",
                  advanced, library_path, configs, problems);
    read_band(entry, config, type);
    type.gain_min = Db(entry.number("gain_min"));
    type.model.pmd = Picoseconds(entry.number_or("pmd", 0) * 1e12);
    type.model.pdl = Db(entry.number_or("pdl", 0));
    type.model.gain_ripple = profile(config.gain_ripple);
    type.model.noise_ripple = profile(config.noise_ripple);
    type.model.dynamic_tilt = profile(config.dynamic_tilt);
    if (kind == "dual_stage") {
      read.preamplifier = entry.text("preamp_variety");
      read.booster = entry.text("booster_variety");
      entry.ignore({"gain_flatmax", "p_max"});  // follow from the stages
    } else {
      type.gain_flatmax = Db(entry.number("gain_flatmax"));
      type.model.maximum_power = Dbm(entry.number("p_max"));
      const auto noise = noise_model(entry, kind, type, config, problems);
      if (!noise) {
        entry.refuse("type_def",
                     "variable_gain, fixed_gain, advanced_model, openroadm, openroadm_preamp, "
                     "openroadm_booster, dual_stage or multi_band");
      } else {
        type.model.stages = {{*noise, type.gain_min, type.gain_flatmax}};
      }
    }
  }
  entry.finish();

  std::vector<AmplifierEntry> entries;
  for (const std::string& name : other_names) {
    entries.push_back(read);
    entries.back().type.name = name;
  }
  entries.push_back(std::move(read));
  return entries;
}

void resolve_amplifiers(std::vector<AmplifierEntry>& entries, Problems& problems) {
  for (AmplifierEntry& entry : entries) {
    if (!entry.preamplifier.empty()) resolve_stages(entry, entries, problems);
    for (const std::string& name : entry.type.bands) {
      const auto made_of = std::find_if(entries.begin(), entries.end(), [&](const auto& other) {
        return other.type.name == name && !other.type.is_multi_band();
      });
      if (made_of == entries.end()) {
        problems.add(entry.where + ": amplifiers",
                     "names no single-band amplifier of the library: " + name);
      }
    }
  }
}

}  // namespace caspilink::formats::gnpy
