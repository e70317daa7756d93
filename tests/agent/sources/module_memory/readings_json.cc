#include "tests/agent/sources/module_memory/readings_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "agent/sources/module_memory/names.h"

namespace caspilink::module_memory {
namespace {

using nlohmann::json;

template <typename T>
json optional(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

json bit(const std::optional<std::uint8_t>& byte, unsigned index) {
  return byte ? json((*byte >> index & 1) != 0) : json();
}

json name_or_code(const std::optional<std::uint8_t>& code, std::string_view (*name)(std::uint8_t)) {
  if (!code) return {};
  const std::string_view text = name(*code);
  return text.empty() ? json(fmt::format("{:#04x}", *code)) : json(text);
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// The vectors write what the register holds, so a monitor that is not there is zero in them.
json measured(const Measured& value) {
  if (value) return *value;
  return value.error() == Absent::kNotReadable ? json() : json(0.0);
}

json dbm(double milliwatts) { return milliwatts > 0 ? json(10 * std::log10(milliwatts)) : json(); }

json limits(const std::optional<Limits>& value) {
  if (!value) return {};
  return {{"high_alarm", value->high_alarm},
          {"low_alarm", value->low_alarm},
          {"high_warn", value->high_warning},
          {"low_warn", value->low_warning}};
}

json power_limits(const std::optional<Limits>& value) {
  if (!value) return {};
  return {{"mw", limits(value)},
          {"dbm",
           {{"high_alarm", dbm(value->high_alarm)},
            {"low_alarm", dbm(value->low_alarm)},
            {"high_warn", dbm(value->high_warning)},
            {"low_warn", dbm(value->low_warning)}}}};
}

json identity(const Identity& value) {
  return {{"identifier", value.identifier},
          {"identifier_name", identifier_name(value.identifier)},
          {"connector", name_or_code(value.connector, connector_name)},
          {"vendor", optional(value.vendor)},
          {"oui", optional(value.oui)},
          {"part", optional(value.part)},
          {"revision", optional(value.revision)},
          {"serial", optional(value.serial)},
          {"date_code", optional(value.date_code)}};
}

json common(const ModuleReadings& readings) {
  json out;
  out["identity"] = identity(readings.identity);
  out["wavelength_nm"] = optional(readings.wavelength_nm);
  out["wavelength_tolerance_nm"] = optional(readings.wavelength_tolerance_nm);
  for (const Checksum& sum : readings.checksums) {
    out["checksums"][sum.name] = {
        {"stored", sum.stored}, {"computed", sum.computed}, {"ok", sum.good()}};
  }
  if (readings.rx_power_kind) {
    out["rx_power_type"] = *readings.rx_power_kind == PowerKind::kAverage ? "average" : "OMA";
  }
  for (const Lane& lane : readings.lanes) {
    json row = {{"lane", lane.number},
                {"tx_bias_ma", measured(lane.tx_bias_ma)},
                {"tx_power_mw", measured(lane.tx_power_mw)},
                {"tx_power_dbm", dbm(lane.tx_power_mw.value_or(0))},
                {"rx_power_mw", measured(lane.rx_power_mw)},
                {"rx_power_dbm", dbm(lane.rx_power_mw.value_or(0))}};
    out["lanes"].push_back(std::move(row));
  }
  const Thresholds& limit = readings.thresholds;
  if (limit.temperature_c) {
    out["thresholds"] = {{"temperature_c", limits(limit.temperature_c)},
                         {"voltage_v", limits(limit.supply_v)},
                         {"tx_bias_ma", limits(limit.tx_bias_ma)},
                         {"tx_power", power_limits(limit.tx_power_mw)},
                         {"rx_power", power_limits(limit.rx_power_mw)}};
  }
  return out;
}

void add_flags(json& out, const ModuleReadings& readings) {
  out["flags"] = json::array();
  for (const Flag& flag : readings.flags) out["flags"].push_back(flag_name(flag));
}

void add(json& out, const SfpDetails& sfp, const ModuleReadings& readings) {
  out["standard"] = "SFF-8472";
  out["identity"]["ext_identifier"] = optional(sfp.extended_identifier);
  out["byte62"] = optional(sfp.wavelength_fraction);
  out["type"] = {{"compliance", sfp.compliance},
                 {"transceiver_bytes_3_10", sfp.compliance_bytes ? hex(*sfp.compliance_bytes) : ""},
                 {"ext_spec_36", optional(sfp.extended_compliance)},
                 {"encoding", optional(sfp.encoding)},
                 {"nominal_rate_mbd", optional(sfp.nominal_rate_mbd)},
                 {"length_smf_km", optional(sfp.length_smf_km)},
                 {"length_smf_100m", optional(sfp.length_smf_100m)},
                 {"length_om2_10m", optional(sfp.length_om2_10m)},
                 {"length_om1_10m", optional(sfp.length_om1_10m)},
                 {"length_om4_10m_or_cable_m", optional(sfp.length_om4_10m_or_cable_m)},
                 {"length_om3_10m", optional(sfp.length_om3_10m)}};
  out["diag_monitoring"] = {{"byte92", optional(sfp.diagnostics)},
                            {"implemented", bit(sfp.diagnostics, 6)},
                            {"internal_cal", bit(sfp.diagnostics, 5)},
                            {"external_cal", bit(sfp.diagnostics, 4)},
                            {"rx_power_average", bit(sfp.diagnostics, 3)},
                            {"address_change_required", bit(sfp.diagnostics, 2)},
                            {"byte93", optional(sfp.enhanced_options)},
                            {"sff8472_rev_code", optional(sfp.revision_code)}};
  if (sfp.calibration) {
    const ExternalCalibration& c = *sfp.calibration;
    out["ext_cal"] = {{"rx_pwr_0_to_4", c.rx_power},        {"tx_i_slope", c.tx_bias_slope},
                      {"tx_i_offset", c.tx_bias_offset},    {"tx_pwr_slope", c.tx_power_slope},
                      {"tx_pwr_offset", c.tx_power_offset}, {"t_slope", c.temperature_slope},
                      {"t_offset", c.temperature_offset},   {"v_slope", c.supply_slope},
                      {"v_offset", c.supply_offset}};
  }
  // Without diagnostics the vectors have neither status nor monitors.
  if (!sfp.status) return;
  out["temperature_c"] = measured(readings.temperature_c);
  out["voltage_v"] = measured(readings.supply_v);
  out["status"] = {{"tx_disable_state", sfp.status->tx_disabled},
                   {"soft_tx_disable", sfp.status->soft_tx_disable},
                   {"tx_fault", sfp.status->tx_fault},
                   {"rx_los", sfp.status->rx_loss_of_signal},
                   {"data_not_ready", sfp.status->data_not_ready}};
  add_flags(out, readings);
}

void add(json& out, const QsfpDetails& qsfp, const ModuleReadings& readings) {
  out["standard"] = "SFF-8636";
  out["identity"]["ext_identifier"] = optional(qsfp.extended_identifier);
  out["identity"]["identifier_page00"] = optional(qsfp.identifier_page00);
  out["type"] = {{"compliance", qsfp.compliance},
                 {"spec_bytes_131_138", qsfp.compliance_bytes ? hex(*qsfp.compliance_bytes) : ""},
                 {"ext_spec_192", optional(qsfp.extended_compliance)},
                 {"encoding", optional(qsfp.encoding)},
                 {"nominal_rate_mbd", optional(qsfp.nominal_rate_mbd)},
                 {"length_smf_km", optional(qsfp.length_smf_km)},
                 {"length_om3_2m", optional(qsfp.length_om3_2m)},
                 {"length_om2_m", optional(qsfp.length_om2_m)},
                 {"length_om1_m", optional(qsfp.length_om1_m)},
                 {"length_cable_m_or_om4_2m", optional(qsfp.length_cable_m_or_om4_2m)},
                 {"technology", name_or_code(qsfp.technology, qsfp_technology_name)},
                 {"revision_compliance", optional(qsfp.revision_code)},
                 {"flat_memory", optional(qsfp.flat_memory)}};
  if (qsfp.copper_attenuation_db) {
    const auto& loss = *qsfp.copper_attenuation_db;
    out["copper_attenuation_db"] = {
        {"2.5GHz", loss[0]}, {"5GHz", loss[1]}, {"7GHz", loss[2]}, {"12.9GHz", loss[3]}};
  }
  out["diag_monitoring"] = {{"byte220", optional(qsfp.diagnostics)},
                            {"temperature_bit", bit(qsfp.diagnostics, 5)},
                            {"voltage_bit", bit(qsfp.diagnostics, 4)},
                            {"rx_power_average", bit(qsfp.diagnostics, 3)},
                            {"tx_power_supported", bit(qsfp.diagnostics, 2)}};
  out["status"] = {{"intl_deasserted", optional(qsfp.interrupt_deasserted)},
                   {"data_not_ready", optional(qsfp.data_not_ready)}};
  out["temperature_c"] = measured(readings.temperature_c);
  out["voltage_v"] = measured(readings.supply_v);
  add_flags(out, readings);
}

std::string_view data_path_name(DataPathState state) {
  constexpr std::array<std::string_view, 8> kNames = {
      "",           "DPDeactivated", "DPInit",       "DPDeinit", "DPActivated",
      "DPTxTurnOn", "DPTxTurnOff",   "DPInitialized"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view flag_level_name(FlagLevel level) {
  constexpr std::array<std::string_view, 5> kNames = {"high_alarm", "low_alarm", "high_warn",
                                                      "low_warn", "event"};
  return kNames[static_cast<std::size_t>(level)];
}

json observable(const VdmObservable& value) {
  constexpr std::array<std::string_view, 3> kTypes = {"U16", "S16", "F16"};
  json out = {{"instance", value.instance},
              {"group", (value.instance - 1) / 64 + 1},
              {"type_id", value.id},
              {"location", value.location},
              {"threshold_set", value.threshold_set},
              {"name", value.name},
              {"value", optional(value.value)},
              {"thresholds", limits(value.limits)}};
  if (value.raw) out["raw"] = fmt::format("{:04x}", *value.raw);
  if (value.type) {
    out["dtype"] = kTypes[static_cast<std::size_t>(*value.type)];
    out["unit"] = value.unit;
  }
  if (value.flags) {
    out["flags"] = json::array();
    for (const FlagLevel level : *value.flags) out["flags"].push_back(flag_level_name(level));
  }
  return out;
}

json performance_fec(const FecPerformance& fec) {
  return {{"rx_bits", fec.bits},
          {"rx_bits_subint", fec.bits_subinterval},
          {"rx_corr_bits", fec.corrected_bits},
          {"rx_min_corr_bits_subint", fec.corrected_bits_minimum},
          {"rx_max_corr_bits_subint", fec.corrected_bits_maximum},
          {"rx_frames", fec.frames},
          {"rx_frames_subint", fec.frames_subinterval},
          {"rx_frames_uncorr", fec.uncorrectable_frames},
          {"rx_min_frames_uncorr_subint", fec.uncorrectable_frames_minimum},
          {"rx_max_frames_uncorr_subint", fec.uncorrectable_frames_maximum},
          {"derived_pre_fec_ber_avg", optional(fec.pre_fec_ber_average)},
          {"derived_pre_fec_ber_min", optional(fec.pre_fec_ber_minimum)},
          {"derived_pre_fec_ber_max", optional(fec.pre_fec_ber_maximum)}};
}

void add_tuning(json& out, const CmisDetails& cmis) {
  for (const Tuning& lane : cmis.tuning) {
    out["tunable"].push_back({{"lane", lane.lane},
                              {"grid_ghz", optional(lane.grid_ghz)},
                              {"channel", lane.channel},
                              {"configured_thz", optional(lane.configured_thz)},
                              {"current_thz", lane.current_thz},
                              {"fine_offset_ghz", lane.fine_offset_ghz},
                              {"target_output_power_dbm", lane.target_power_dbm},
                              {"tuning_in_progress", lane.in_progress},
                              {"wavelength_unlocked", lane.unlocked},
                              {"latched_flags", lane.latched_flags}});
  }
  if (cmis.tuning_range) {
    json& range = out["tunable_range"];
    range = {{"fine_tuning", cmis.tuning_range->fine_tuning},
             {"prog_output_power", cmis.tuning_range->programmable_power},
             {"min_output_power_dbm", cmis.tuning_range->minimum_power_dbm},
             {"max_output_power_dbm", cmis.tuning_range->maximum_power_dbm}};
    for (const TuningGrid& grid : cmis.tuning_range->grids) {
      range["grids"][fmt::format("{}GHz", grid.grid_ghz)] = {{"low_channel", grid.low_channel},
                                                             {"high_channel", grid.high_channel},
                                                             {"low_thz", grid.low_thz},
                                                             {"high_thz", grid.high_thz}};
    }
  }
}

void add_capabilities(json& out, const CmisCapabilities& has) {
  out["capabilities"] = {{"vdm", has.vdm},
                         {"diag_pages_13_14", has.diagnostic_pages},
                         {"banks_code", has.banks_code},
                         {"tx_bias_multiplier", has.bias_multiplier},
                         {"temp_mon", has.temperature},
                         {"vcc_mon", has.supply},
                         {"aux1_mon", has.auxiliary[0]},
                         {"aux2_mon", has.auxiliary[1]},
                         {"aux3_mon", has.auxiliary[2]},
                         {"tx_bias_mon", has.tx_bias},
                         {"tx_power_mon", has.tx_power},
                         {"rx_power_mon", has.rx_power},
                         {"tunable_pages_04_12", has.tunable}};
}

json applications(const CmisDetails& cmis) {
  json out = json::array();
  for (const CmisApplication& row : cmis.applications) {
    const bool single_mode = cmis.media_type == 2;
    const auto name = single_mode ? single_mode_media_name(row.media_id) : std::string_view();
    out.push_back({{"appsel", row.number},
                   {"host_id", row.host_id},
                   {"media_id", row.media_id},
                   {"media_name", name.empty() ? json() : json(name)},
                   {"host_lanes", row.host_lanes},
                   {"media_lanes", row.media_lanes},
                   {"host_assign", row.host_assignment},
                   {"media_assign", optional(row.media_assignment)}});
  }
  return out;
}

void add(json& out, const CmisDetails& cmis, const ModuleReadings& readings) {
  out["standard"] = "CMIS";
  json& who = out["identity"];
  const unsigned revision = cmis.revision.value_or(0);
  who["cmis_revision"] = fmt::format("{}.{}", revision >> 4, revision & 15);
  who["clei"] = optional(cmis.clei);
  who["active_firmware"] =
      fmt::format("{}.{}", cmis.firmware_major.value_or(0), cmis.firmware_minor.value_or(0));
  const std::string_view state = module_state_name(cmis.module_state.value_or(0));
  out["status"] = {{"flat_memory", optional(cmis.flat_memory)},
                   {"module_state", state.empty() ? optional(cmis.module_state) : json(state)},
                   {"interrupt_deasserted", optional(cmis.interrupt_deasserted)}};
  out["type"] = {{"media_type", name_or_code(cmis.media_type, media_type_name)},
                 {"applications", applications(cmis)},
                 {"technology", name_or_code(cmis.technology, cmis_technology_name)},
                 {"power_class", optional(cmis.power_class_code)},
                 {"max_power_w", optional(cmis.maximum_power_w)},
                 {"media_lanes_unsupported_mask", optional(cmis.unsupported_media_lanes)},
                 {"cable_length_m", optional(cmis.cable_length_m)}};
  add_flags(out, readings);
  if (cmis.capabilities) {
    add_capabilities(out, *cmis.capabilities);
    out["temperature_c"] = measured(readings.temperature_c);
    out["voltage_v"] = measured(readings.supply_v);
  }
  for (std::size_t i = 0; i < readings.lanes.size(); ++i) {
    const Lane& lane = readings.lanes[i];
    out["lanes"][i]["media_lane_supported"] = lane.has_media_signal;
    if (lane.data_path) out["lanes"][i]["dp_state"] = data_path_name(*lane.data_path);
  }
  constexpr std::array<std::string_view, 4> kAuxiliary = {
      "tec_current_percent", "laser_temperature_c", "voltage_v", "custom"};
  for (const AuxiliaryMonitor& monitor : cmis.auxiliary) {
    out["aux_monitors"][fmt::format("aux{}", monitor.number)] = {
        {"observable", kAuxiliary[static_cast<std::size_t>(monitor.kind)]},
        {"value", measured(monitor.value)}};
  }
  add_tuning(out, cmis);
  if (cmis.lane_snr) {
    for (std::size_t i = 0; i < 8; ++i) {
      out["diag_snr_db"]["host"].push_back(optional(cmis.lane_snr->host_db[i]));
      out["diag_snr_db"]["media"].push_back(optional(cmis.lane_snr->media_db[i]));
    }
  }
  for (const VdmObservable& value : cmis.vdm) out["vdm"].push_back(observable(value));
  if (cmis.vdm_control) {
    out["vdm_control"] = {{"groups", cmis.vdm_control->groups},
                          {"fine_interval_s", cmis.vdm_control->fine_interval_s},
                          {"freeze_request", cmis.vdm_control->freeze_requested},
                          {"freeze_done", cmis.vdm_control->freeze_done},
                          {"unfreeze_done", cmis.vdm_control->unfreeze_done}};
  }
  if (cmis.performance.empty()) return;
  const CoherentPerformance& first = cmis.performance.front();
  if (first.fec) out["fec_pm"] = performance_fec(*first.fec);
  for (const LinkObservable& row : first.link) {
    out["link_pm"][std::string(row.name)] = {
        {"avg", row.value.average}, {"min", row.value.minimum}, {"max", row.value.maximum}};
  }
}

bool is_flag_list(std::string_view path) { return path.ends_with("flags"); }

bool agree(std::string_view path, double expected, double actual) {
  const double apart = std::abs(expected - actual);
  if (path.find("dbm") != std::string_view::npos) return apart <= 5.1e-5;  // 4 decimals
  if (path.find("ber") != std::string_view::npos) return apart <= 5e-6 * std::abs(expected);
  const double relative = 5.1e-9 * std::abs(expected);  // 9 digits
  if (path.find("vdm") != std::string_view::npos) return apart <= relative;
  return apart <= std::max(5.1e-7, relative);  // 6 decimals
}

void compare(const std::string& path, const json& expected, const json& actual,
             std::vector<std::string>& found) {
  const auto differ = [&] {
    found.push_back(fmt::format("{}: expected {}, got {}", path, expected.dump(), actual.dump()));
  };
  if (expected.is_number() && actual.is_number()) {
    if (!agree(path, expected.get<double>(), actual.get<double>())) differ();
  } else if (is_flag_list(path) && expected.is_array() && actual.is_array()) {
    if (expected.get<std::set<std::string>>() != actual.get<std::set<std::string>>()) differ();
  } else if (expected.is_object() && actual.is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : expected.items()) keys.insert(key);
    for (const auto& [key, value] : actual.items()) keys.insert(key);
    for (const std::string& key : keys) {
      compare(path.empty() ? key : path + "." + key, expected.value(key, json()),
              actual.value(key, json()), found);
    }
  } else if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      compare(fmt::format("{}[{}]", path, i), expected[i], actual[i], found);
    }
  } else if (expected != actual) {
    differ();
  }
}

}  // namespace

json to_json(const ModuleReadings& readings) {
  json out = common(readings);
  std::visit([&](const auto& details) { add(out, details, readings); }, readings.details);
  return out;
}

std::vector<std::string> differences(const json& expected, const json& actual) {
  std::vector<std::string> found;
  compare("", expected, actual, found);
  return found;
}

}  // namespace caspilink::module_memory
