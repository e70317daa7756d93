#include "link_models/formats/gnpy/equipment_json.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "link_models/formats/gnpy/amplifier_json.h"
#include "link_models/formats/gnpy/roadm_json.h"
#include "link_models/formats/gnpy/yang_name.h"

namespace caspilink::formats::gnpy {
namespace {

using design::Equipment;

// [lowest, highest, step], or in YANG's form {min_value, max_value, step}.
std::array<double, 3> read_range(JsonObject& entry, const std::string& list_key,
                                 const std::string& object_key) {
  std::array<double, 3> range{0, 0, 0};
  if (auto object = entry.maybe_object(object_key)) {
    range = {object->number("min_value"), object->number("max_value"), object->number("step")};
    object->finish();
    entry.ignore({list_key});
    return range;
  }
  const std::vector<double> list = entry.numbers(list_key);
  if (list.size() == 3) {
    std::copy(list.begin(), list.end(), range.begin());
  } else if (!list.empty()) {
    entry.refuse(list_key, "three numbers: lowest, highest and step");
  }
  return range;
}

double length_unit(JsonObject& entry, const std::string& key) {
  const std::string unit = entry.maybe_text(key).value_or("km");
  if (unit == "km") return 1e3;
  if (unit != "m") entry.refuse(key, "km or m");
  return 1;
}

design::SpanRules read_span(JsonObject& entry) {
  design::SpanRules rules;
  entry.ignore({"type_variety", "max_loss"});  // max_loss: of no effect in GNPy
  rules.power_mode = entry.flag_or("power_mode", true);
  if (!entry.has("delta_power_range_db") && !entry.has("delta_power_range_dict_db")) {
    entry.refuse("delta_power_range_db", "three numbers: lowest, highest and step");
  }
  rules.power_range_db = read_range(entry, "delta_power_range_db", "delta_power_range_dict_db");
  rules.raman_loss_limit = DbPerKm(entry.number_or("max_fiber_lineic_loss_for_raman", 0.25));
  rules.extended_gain = Db(entry.number_or("target_extended_gain", 2.5));
  rules.max_length_m = entry.number_or("max_length", 150) * length_unit(entry, "length_units");
  rules.padding = Db(entry.number_or("padding", 10));
  rules.end_of_life = Db(entry.number_or("EOL", 0));
  rules.input_connector = Db(entry.number_or("con_in", 0));
  rules.output_connector = Db(entry.number_or("con_out", 0));
  rules.reference_loss = Db(entry.number_or("span_loss_ref", 20));
  rules.power_slope = entry.number_or("power_slope", 0.3);
  rules.voa_margin = Db(entry.number_or("voa_margin", 1));
  rules.voa_step_db = entry.number_or("voa_step", 0.5);
  entry.finish();
  return rules;
}

design::ReferenceSpectrum read_spectrum(JsonObject& entry) {
  design::ReferenceSpectrum light;
  entry.ignore({"type_variety"});
  light.f_min = Hertz(entry.number_or("f_min", light.f_min.value()));
  light.f_max = Hertz(entry.number_or("f_max", light.f_max.value()));
  light.baud_rate = Hertz(entry.number_or("baud_rate", light.baud_rate.value()));
  light.spacing = Hertz(entry.number_or("spacing", light.spacing.value()));
  light.power = Dbm(entry.number_or("power_dbm", 0));
  // A sweep of reference powers; the reference itself is computed.
  static_cast<void>(read_range(entry, "power_range_db", "power_range_dict_db"));
  light.roll_off = entry.number_or("roll_off", light.roll_off);
  light.transmitter_osnr = Db(entry.number_or("tx_osnr", 45));
  light.margin = Db(entry.number_or("sys_margins", 0));
  if (const auto power = entry.maybe_number("tx_power_dbm")) light.transmitter_power = Dbm(*power);
  light.counts_channels_over_its_band = entry.flag_or("use_si_channel_count_for_design", false);
  if (light.f_min >= light.f_max) entry.refuse("f_max", "a frequency above f_min");
  if (light.spacing <= Hertz(0)) {
    entry.refuse("spacing", "a number above 0");
  } else if (light.f_min < light.f_max && light.spacing > light.f_max - light.f_min) {
    entry.refuse("spacing", "at most f_max - f_min, which holds no channel");
  }
  if (light.baud_rate <= Hertz(0)) entry.refuse("baud_rate", "a number above 0");
  entry.finish();
  return light;
}

std::vector<std::pair<double, double>> read_raman_efficiency(JsonObject& entry) {
  std::vector<std::pair<double, double>> gain;
  const JsonValue* value = entry.raw("raman_efficiency");
  if (value == nullptr) return gain;
  if (value->as<JsonArray>() != nullptr) {
    for (JsonObject point : entry.objects("raman_efficiency")) {
      const char* key = point.has("g0") ? "g0" : "cr";
      gain.emplace_back(point.number("frequency_offset"), point.number(key));
      point.finish();
    }
    return gain;
  }
  auto object = entry.maybe_object("raman_efficiency");
  const std::vector<double> offsets = object->numbers("frequency_offset");
  const std::vector<double> figures = object->numbers(object->has("g0") ? "g0" : "cr");
  object->finish();
  if (offsets.size() != figures.size()) {
    entry.refuse("raman_efficiency", "lists cr and frequency_offset of one size");
    return gain;
  }
  for (std::size_t i = 0; i < offsets.size(); ++i) gain.emplace_back(offsets[i], figures[i]);
  return gain;
}

design::FibreKind read_fibre(JsonObject& entry) {
  design::FibreKind kind;
  kind.name = entry.text("type_variety");
  entry.rename(entry_name(entry.where(), kind.name));
  kind.dispersion_s_per_m2 = entry.maybe_number("dispersion");
  kind.effective_area_m2 = entry.maybe_number("effective_area");
  kind.gamma_per_w_m = entry.maybe_number("gamma");
  kind.pmd_s_per_sqrt_m = entry.number_or("pmd_coef", 0);
  kind.raman_gain = read_raman_efficiency(entry);
  if (kind.effective_area_m2 && *kind.effective_area_m2 <= 0) {
    entry.refuse("effective_area", "a number above 0");
  }
  // Known to GNPy's modules and of no effect in GNPy: topologies state them.
  entry.ignore({"loss_coef_lut", "ref_frequency", "ref_wavelength"});
  entry.finish();
  return kind;
}

std::vector<design::PenaltyPoint> penalty(const std::vector<JsonObject>& points,
                                          std::string_view key) {
  std::vector<design::PenaltyPoint> read;
  for (JsonObject point : points) {
    if (!point.has(key)) continue;
    read.push_back({point.number(key), point.number("penalty_value")});
  }
  const auto lower = [](const auto& a, const auto& b) { return a.up_to < b.up_to; };
  std::stable_sort(read.begin(), read.end(), lower);
  // No impairment costs nothing, unless the table says more about it.
  if (!read.empty() && read.front().up_to > 0) read.insert(read.begin(), {0, 0});
  return read;
}

design::TransceiverModeData read_mode(JsonObject& entry) {
  design::TransceiverModeData mode;
  mode.format = entry.text("format");
  entry.rename(entry_name(entry.where(), mode.format));
  mode.baud_rate = Hertz(entry.number("baud_rate"));
  if (const auto osnr = entry.maybe_number("OSNR")) mode.required_osnr = Db(*osnr);
  if (const auto rate = entry.maybe_number("bit_rate")) mode.bit_rate = BitsPerSecond(*rate);
  mode.roll_off = entry.number_or("roll_off", 0);
  if (const auto osnr = entry.maybe_number("tx_osnr")) mode.transmitter_osnr = Db(*osnr);
  mode.min_spacing = Hertz(entry.number("min_spacing"));
  mode.equalisation_offset = Db(entry.number_or("equalization_offset_db", 0));
  std::vector<JsonObject> points = entry.objects("penalties");
  mode.chromatic_dispersion = penalty(points, "chromatic_dispersion");
  mode.pmd = penalty(points, "pmd");
  mode.pdl = penalty(points, "pdl");
  for (JsonObject& point : points) {
    point.ignore({"chromatic_dispersion", "pmd", "pdl", "rx-channel-power-value", "penalty_value"});
    point.finish();
  }
  entry.ignore({"cost", "tx_power_dbm", "tx-channel-power-min", "tx-channel-power-max",
                "rx-channel-power-min", "rx-channel-power-max"});
  if (mode.baud_rate > mode.min_spacing) {
    entry.refuse("min_spacing", "not less than the baud rate");
  }
  return mode;
}

void read_transceiver(JsonObject& entry, Equipment& equipment) {
  design::TransceiverType type;
  type.name = entry.text("type_variety");
  entry.rename(entry_name(entry.where(), type.name));
  if (auto frequency = entry.maybe_object("frequency")) {
    type.f_min = Hertz(frequency->number("min"));
    type.f_max = Hertz(frequency->number("max"));
    frequency->finish();
  }
  for (JsonObject mode_entry : entry.objects("mode")) {
    design::TransceiverModeData mode = read_mode(mode_entry);
    for (std::string& name : mode_entry.texts("other_name")) {
      type.modes.push_back(mode);
      type.modes.back().format = std::move(name);
    }
    mode_entry.finish();
    type.modes.push_back(std::move(mode));
  }
  const std::vector<std::string> other_names = entry.texts("other_name");
  entry.ignore({"comment"});
  entry.finish();
  for (const std::string& name : other_names) {
    equipment.transceivers.push_back(type);
    equipment.transceivers.back().name = name;
  }
  equipment.transceivers.push_back(std::move(type));
}

// Replaces an earlier entry of the same name within one library, as GNPy does.
template <typename T, typename Name>
void put(std::vector<T>& items, T item, Name name) {
  const auto same = std::find_if(items.begin(), items.end(),
                                 [&](const T& other) { return name(other) == name(item); });
  if (same == items.end()) {
    items.push_back(std::move(item));
  } else {
    *same = std::move(item);
  }
}
constexpr auto kName = [](const auto& item) -> const std::string& { return item.name; };
constexpr auto kTypeName = [](const AmplifierEntry& item) -> const std::string& {
  return item.type.name;
};

struct Library {
  Equipment equipment;
  std::vector<AmplifierEntry> amplifiers;
  bool has_spectrum = false;
  bool has_span = false;
};

void read_library(JsonObject& root, const std::string& path, const EquipmentFiles& files,
                  Problems& problems, Library& library) {
  Equipment& equipment = library.equipment;
  root.ignore({"library-information"});
  for (JsonObject entry : root.objects("Edfa")) {
    for (AmplifierEntry& one : read_amplifier(entry, path, files.extra_configs, problems)) {
      put(library.amplifiers, std::move(one), kTypeName);
    }
  }
  for (JsonObject entry : root.objects("Fiber")) put(equipment.fibres, read_fibre(entry), kName);
  for (JsonObject entry : root.objects("RamanFiber")) {
    put(equipment.raman_fibres, read_fibre(entry), kName);
  }
  for (JsonObject entry : root.objects("Roadm")) {
    put(equipment.roadms, read_roadm_type(entry, problems), kName);
  }
  for (JsonObject entry : root.objects("Transceiver")) read_transceiver(entry, equipment);
  for (JsonObject entry : root.objects("Span")) {
    const std::string name = entry.maybe_text("type_variety").value_or("default");
    const design::SpanRules rules = read_span(entry);
    if (!library.has_span || name == "default") equipment.span = rules;
    library.has_span = true;
  }
  for (JsonObject entry : root.objects("SI")) {
    const std::string name = entry.maybe_text("type_variety").value_or("default");
    const design::ReferenceSpectrum light = read_spectrum(entry);
    if (!library.has_spectrum || name == "default") equipment.spectrum = light;
    library.has_spectrum = true;
    equipment.design_bands.push_back({light.f_min, light.f_max, light.spacing});
  }
  root.finish();
}

Result<Library> read_library(const JsonValue& json, const std::string& path,
                             const EquipmentFiles& files) {
  const JsonValue* inner = json.find("equipment");
  Problems problems;
  JsonObject root(inner == nullptr ? json : *inner, path, problems);
  Library library;
  read_library(root, path, files, problems, library);
  resolve_amplifiers(library.amplifiers, problems);
  if (auto good = problems.result(); !good) return tl::unexpected(good.error());
  return library;
}

template <typename T, typename Name>
void merge(std::vector<T>& items, std::vector<T>& more, const char* kind, const std::string& path,
           std::vector<std::string>& warnings, Name name) {
  for (T& item : more) {
    const bool known = std::any_of(items.begin(), items.end(),
                                   [&](const T& other) { return name(other) == name(item); });
    if (known) {
      warnings.push_back(
          fmt::format("{}: {} \"{}\" is already known and left as it is", path, kind, name(item)));
    } else {
      items.push_back(std::move(item));
    }
  }
}

// Names that ROADMs restrict their amplifiers to must be amplifiers.
void check_restrictions(const Library& library, const std::string& path, Problems& problems) {
  for (const design::RoadmType& roadm : library.equipment.roadms) {
    for (const auto* names : {&roadm.booster_types, &roadm.preamplifier_types}) {
      for (const std::string& name : *names) {
        if (library.equipment.amplifier(name) == nullptr) {
          problems.add(fmt::format("{}: Roadm \"{}\": restrictions", path, roadm.name),
                       "names no amplifier of the library: " + name);
        }
      }
    }
  }
}

}  // namespace

Result<Equipment> read_equipment(const JsonValue& json, const EquipmentFiles& files,
                                 std::vector<std::string>& warnings) {
  auto library = read_library(json, files.library, files);
  if (!library) return tl::unexpected(library.error());
  Problems problems;
  if (!library->has_spectrum) problems.add(files.library + ": SI", "is missing: expected a list");
  if (!library->has_span) problems.add(files.library + ": Span", "is missing: expected a list");
  for (const std::string& path : files.extra_libraries) {
    const auto extra_json = load_json(path);
    if (!extra_json) return tl::unexpected(extra_json.error());
    auto extra = read_library(*extra_json, path, files);
    if (!extra) return tl::unexpected(extra.error());
    merge(library->amplifiers, extra->amplifiers, "Edfa", path, warnings, kTypeName);
    Equipment& from = extra->equipment;
    Equipment& to = library->equipment;
    merge(to.fibres, from.fibres, "Fiber", path, warnings, kName);
    merge(to.raman_fibres, from.raman_fibres, "RamanFiber", path, warnings, kName);
    merge(to.roadms, from.roadms, "Roadm", path, warnings, kName);
    merge(to.transceivers, from.transceivers, "Transceiver", path, warnings, kName);
  }
  for (AmplifierEntry& entry : library->amplifiers) {
    library->equipment.amplifiers.push_back(std::move(entry.type));
  }
  check_restrictions(*library, files.library, problems);
  if (auto good = problems.result(); !good) return tl::unexpected(good.error());
  return std::move(library->equipment);
}

Result<Equipment> load_equipment(const EquipmentFiles& files, std::vector<std::string>& warnings) {
  const auto json = load_json(files.library);
  if (!json) return tl::unexpected(json.error());
  return read_equipment(*json, files, warnings);
}

}  // namespace caspilink::formats::gnpy
