#include "link_models/formats/gnpy/fibre_json.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "link_models/units.h"

namespace caspilink::formats::gnpy {
namespace {

using constants::kSpeedOfLight;

constexpr double kNonlinearIndex = 2.6e-20;              // m2/W, of GNPy's fibres
constexpr double kStandardArea = 83e-12;                 // m2
constexpr double kStandardDispersion = 1.67e-5;          // s/m2
constexpr double kRamanReference = 206.184634112792e12;  // Hz: gains stated for a 1454 nm pump

// A table by frequency: {key: [...], frequency: [...]}, or YANG's list of {frequency, key}.
struct Table {
  std::vector<double> frequency;
  std::vector<double> value;
};

Table read_table(JsonObject& params, const std::string& key, const std::string& value_key) {
  Table table;
  if (params.raw(key)->as<JsonArray>() != nullptr) {
    for (JsonObject point : params.objects(key)) {
      table.frequency.push_back(point.number("frequency"));
      table.value.push_back(point.number(value_key));
      point.finish();
    }
  } else {
    auto object = params.maybe_object(key);
    table.frequency = object->numbers("frequency");
    table.value = object->numbers("value");
    object->finish();
  }
  const bool ascending =
      std::is_sorted(table.frequency.begin(), table.frequency.end(), std::less_equal<>());
  if (table.frequency.size() != table.value.size() || table.value.empty() || !ascending) {
    params.refuse(key, "frequencies, ascending, and as many values");
    table = {{0}, {1}};
  }
  return table;
}

double read_length(JsonObject& params) {
  const double length = params.number("length");
  const std::string unit = params.text("length_units");
  if (unit != "km" && unit != "m") params.refuse("length_units", "km or m");
  constexpr double kLongest = 40e6;  // m: once around the earth
  const double metres = unit == "km" ? length * 1e3 : length;
  if (!(metres > 0 && metres <= kLongest)) {
    params.refuse("length", "a length above 0 and up to 40000 km");
    return 1;
  }
  return metres;
}

void read_loss(JsonObject& params, design::Fibre& fibre) {
  Table table{{fibre.reference_frequency_hz}, {}};
  if (params.has("loss_coef_per_frequency")) {
    table = read_table(params, "loss_coef_per_frequency", "loss_coef_value");
    params.ignore({"loss_coef"});
  } else if (const JsonValue* value = params.raw("loss_coef");
             value != nullptr && value->as<JsonMembers>() != nullptr) {
    table = read_table(params, "loss_coef", "value");
  } else {
    table.value.push_back(params.number("loss_coef"));
  }
  const bool lossy =
      std::all_of(table.value.begin(), table.value.end(), [](double loss) { return loss > 0; });
  if (!lossy) params.refuse("loss_coef", "losses above 0");
  for (double& loss : table.value) loss *= 1e-3;
  fibre.loss_db_per_m = std::move(table.value);
  fibre.loss_frequency_hz = std::move(table.frequency);
  if (!fibre.loss_db_per_m_at(fibre.reference_frequency_hz)) {
    params.refuse("loss_coef", "a table that covers the fibre's reference frequency");
    fibre.loss_db_per_m = {1e-3};
  }
}

void read_dispersion(JsonObject& params, const design::FibreKind& kind, design::Fibre& fibre) {
  if (params.has("dispersion_per_frequency")) {
    Table table = read_table(params, "dispersion_per_frequency", "dispersion");
    fibre.dispersion_s_per_m2 = std::move(table.value);
    fibre.dispersion_frequency_hz = std::move(table.frequency);
    params.ignore({"dispersion", "dispersion_slope"});
    return;
  }
  const double standard = kind.dispersion_s_per_m2.value_or(kStandardDispersion);
  fibre.dispersion_s_per_m2 = {params.number_or("dispersion", standard)};
  fibre.dispersion_frequency_hz = {fibre.reference_frequency_hz};
  fibre.dispersion_slope_s_per_m3 = params.maybe_number("dispersion_slope");
  if (fibre.dispersion_s_per_m2[0] == 0) params.refuse("dispersion", "a number other than 0");
}

void read_area(JsonObject& params, const design::FibreKind& kind, design::Fibre& fibre) {
  auto area = params.maybe_number("effective_area");
  auto gamma = params.maybe_number("gamma");
  if (!area) area = kind.effective_area_m2;
  if (!gamma) gamma = kind.gamma_per_w_m;
  const double wavelength = kSpeedOfLight / fibre.reference_frequency_hz;
  fibre.effective_area_m2 = area    ? *area
                            : gamma ? 2 * std::numbers::pi * kNonlinearIndex / (wavelength * *gamma)
                                    : kStandardArea;
  if (!(fibre.effective_area_m2 > 20e-12)) {
    params.refuse(area ? "effective_area" : "gamma", "an effective area above 20 um2");
    fibre.effective_area_m2 = kStandardArea;
  }
}

void read_raman_gain(JsonObject& params, const design::FibreKind& kind, design::Fibre& fibre) {
  fibre.raman_gain = kind.raman_gain;
  fibre.raman_reference_hz = kRamanReference;
  auto own = params.maybe_object("raman_coefficient");
  if (!own) return;
  fibre.raman_gain.clear();
  fibre.raman_reference_hz = own->number("reference_frequency");
  if (own->has("g0_per_frequency")) {
    for (JsonObject point : own->objects("g0_per_frequency")) {
      fibre.raman_gain.emplace_back(point.number("frequency_offset"), point.number("g0"));
      point.finish();
    }
  } else {
    const std::vector<double> offsets = own->numbers("frequency_offset");
    const std::vector<double> gains = own->numbers("g0");
    if (offsets.size() != gains.size()) own->refuse("g0", "as many figures as frequency_offset");
    for (std::size_t i = 0; i < std::min(offsets.size(), gains.size()); ++i) {
      fibre.raman_gain.emplace_back(offsets[i], gains[i]);
    }
  }
  own->finish();
}

void read_lumped(JsonObject& params, design::Fibre& fibre) {
  for (JsonObject entry : params.objects("lumped_losses")) {
    const design::Fibre::Lumped place{entry.number("position") * 1e3, Db(entry.number("loss"))};
    if (place.at_m <= 0 || place.at_m >= fibre.length_m) {
      entry.refuse("position", "a place inside the fibre, in km");
    }
    if (place.loss < Db(0)) entry.refuse("loss", "a loss, not below 0");
    entry.finish();
    const auto same = std::find_if(fibre.lumped.begin(), fibre.lumped.end(),
                                   [&](const auto& other) { return other.at_m == place.at_m; });
    if (same != fibre.lumped.end()) {
      same->loss += place.loss;  // two losses at one place are one
    } else {
      fibre.lumped.push_back(place);
    }
  }
  std::stable_sort(fibre.lumped.begin(), fibre.lumped.end(),
                   [](const auto& a, const auto& b) { return a.at_m < b.at_m; });
}

void read_pumps(JsonObject& element, const design::SpanRules& rules, design::Fibre& fibre) {
  auto operational = element.maybe_object("operational");
  if (!operational) {
    element.refuse("operational", "raman_pumps and temperature");
    return;
  }
  fibre.temperature_k = operational->number("temperature");
  if (fibre.temperature_k <= 0) operational->refuse("temperature", "kelvins above 0");
  if (!operational->has("raman_pumps")) operational->refuse("raman_pumps", "a list of pumps");
  const Db connector = fibre.output_connector.value_or(rules.output_connector);
  for (JsonObject entry : operational->objects("raman_pumps")) {
    design::RamanPump pump;
    pump.power_w = entry.number("power") * to_linear(-connector);
    pump.frequency = Hertz(entry.number("frequency"));
    const std::string direction = entry.text("propagation_direction");
    pump.counter = direction == "counterprop";
    if (direction != "counterprop" && direction != "coprop") {
      entry.refuse("propagation_direction", "coprop or counterprop");
    }
    if (pump.power_w < 0) entry.refuse("power", "watts, not below 0");
    if (pump.frequency <= Hertz(0)) entry.refuse("frequency", "a frequency above 0");
    entry.finish();
    fibre.pumps.push_back(pump);
  }
  operational->finish();
}

}  // namespace

design::Fibre read_fibre_element(JsonObject& element, const design::FibreKind& kind,
                                 const design::SpanRules& rules, bool raman) {
  design::Fibre fibre;
  fibre.type = kind.name;
  fibre.is_raman = raman;
  auto given = element.maybe_object("params");
  if (!given) {
    element.refuse("params", "length, length_units and loss_coef");
    return fibre;
  }
  JsonObject& params = *given;
  fibre.reference_frequency_hz = kind.reference_frequency_hz.value_or(kSpeedOfLight / 1550e-9);
  if (const auto wavelength = params.maybe_number("ref_wavelength")) {
    fibre.reference_frequency_hz = kSpeedOfLight / *wavelength;
    params.ignore({"ref_frequency"});
  } else if (const auto frequency = params.maybe_number("ref_frequency")) {
    fibre.reference_frequency_hz = *frequency;
  }
  fibre.length_m = read_length(params);
  read_loss(params, fibre);
  read_dispersion(params, kind, fibre);
  read_area(params, kind, fibre);
  read_raman_gain(params, kind, fibre);
  read_lumped(params, fibre);
  const double pmd = params.number_or("pmd_coef", 0);  // 0 counts as not given
  fibre.pmd_s_per_sqrt_m = pmd != 0 ? pmd : kind.pmd_s_per_sqrt_m;
  fibre.input_attenuation = Db(params.number_or("att_in", 0));
  if (const auto loss = params.maybe_number("con_in")) fibre.input_connector = Db(*loss);
  if (const auto loss = params.maybe_number("con_out")) fibre.output_connector = Db(*loss);
  params.finish();
  if (raman) read_pumps(element, rules, fibre);
  return fibre;
}

}  // namespace caspilink::formats::gnpy
