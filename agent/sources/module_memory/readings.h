// What a pluggable module says about itself, as plain values whatever standard it speaks. An empty
// optional means that the registers were not readable; a Measured without a number says why.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace caspilink::module_memory {

// Why a monitor has no number. None of them is ever replaced by a made-up one.
enum class Absent : std::uint8_t {
  kNoLight,       // the module measured, and there is no light (zero, or less than zero calibrated)
  kBelowRange,    // something is there, under the smallest step the module can tell
  kNotSupported,  // the module has no such monitor, or the lane no such signal
  kNotReadable,   // the registers could not be read
  kNotReady,      // the module says that its data are not valid yet
};

// A monitor's number, in the unit its name tells.
using Measured = tl::expected<double, Absent>;

struct Limits {
  double high_alarm = 0;
  double low_alarm = 0;
  double high_warning = 0;
  double low_warning = 0;

  // Modules without limits publish all of them equal, most often zero.
  [[nodiscard]] bool meaningful() const {
    return !(high_alarm == low_alarm && high_alarm == high_warning && high_alarm == low_warning);
  }
  friend bool operator==(const Limits&, const Limits&) = default;
};

// Empty where the page with them is absent.
struct Thresholds {
  std::optional<Limits> temperature_c;
  std::optional<Limits> supply_v;
  std::optional<Limits> tx_bias_ma;
  std::optional<Limits> tx_power_mw;
  std::optional<Limits> rx_power_mw;
  std::array<std::optional<Limits>, 3> auxiliary;  // CMIS Aux1-3, in the monitors' units
};

struct Checksum {
  std::string name;  // "cc_base", "cc_ext", "cc_dmi", "page00" ...
  std::uint8_t stored = 0;
  std::uint8_t computed = 0;

  [[nodiscard]] bool good() const { return stored == computed; }
};

// Text is printable ASCII without padding.
struct Identity {
  std::uint8_t identifier = 0;  // SFF-8024 table 4-1
  std::optional<std::uint8_t> connector;
  std::optional<std::string> vendor;
  std::optional<std::string> oui;  // "00:90:65"
  std::optional<std::string> part;
  std::optional<std::string> revision;
  std::optional<std::string> serial;
  std::optional<std::string> date_code;  // YYMMDD and lot
};

enum class FlagSubject : std::uint8_t {
  kTemperature,
  kSupply,
  kTxBias,
  kTxPower,
  kRxPower,
  kLaserTemperature,
  kTecCurrent,
  kAuxiliary1,
  kAuxiliary2,
  kAuxiliary3,
  kCustom,
  kTxFault,
  kTxLossOfSignal,
  kTxLossOfLock,
  kTxEqualizerFault,
  kRxLossOfSignal,
  kRxLossOfLock,
  kDataPathChanged,
  kRxOutputChanged,
  kModuleStateChanged,
};

enum class FlagLevel : std::uint8_t { kHighAlarm, kLowAlarm, kHighWarning, kLowWarning, kEvent };

// A raised flag. They latch in most modules and reading clears them: the one who reads must report.
struct Flag {
  FlagSubject subject{};
  FlagLevel level = FlagLevel::kEvent;
  unsigned lane = 0;  // from 1; 0 is the module as a whole

  friend bool operator==(const Flag&, const Flag&) = default;
};

// "rx2_power_low_alarm", "temp_high_warn", "tx1_los".
[[nodiscard]] std::string flag_name(const Flag& flag);

// "_high_alarm"; nothing for an event.
[[nodiscard]] std::string_view flag_level_suffix(FlagLevel level);

enum class DataPathState : std::uint8_t {
  kDeactivated = 1,
  kInit = 2,
  kDeinit = 3,
  kActivated = 4,
  kTxTurnOn = 5,
  kTxTurnOff = 6,
  kInitialized = 7,
};

struct Lane {
  unsigned number = 1;           // from 1; lane 9 is the first of bank 1
  bool has_media_signal = true;  // false: a CMIS media lane that the module does not have
  Measured tx_bias_ma = tl::unexpected(Absent::kNotReadable);
  Measured tx_power_mw = tl::unexpected(Absent::kNotReadable);
  Measured rx_power_mw = tl::unexpected(Absent::kNotReadable);
  std::optional<DataPathState> data_path;  // CMIS
  // What the module's own flags say; empty where it has none or they are not readable.
  std::optional<bool> rx_loss_of_signal;
  std::optional<bool> tx_fault;
};

enum class PowerKind : std::uint8_t { kAverage, kModulationAmplitude };

// SFF-8472 section 9.3: value = slope x raw + offset, powers by a polynomial of the raw number.
struct ExternalCalibration {
  std::array<double, 5> rx_power{};  // of raw^0 to raw^4, in 0.1 uW
  double tx_bias_slope = 1, tx_power_slope = 1, temperature_slope = 1, supply_slope = 1;
  std::int16_t tx_bias_offset = 0, tx_power_offset = 0, temperature_offset = 0, supply_offset = 0;
};

struct SfpStatus {
  bool tx_disabled = false;
  bool soft_tx_disable = false;
  bool tx_fault = false;
  bool rx_loss_of_signal = false;
  bool data_not_ready = false;
};

struct SfpDetails {
  std::optional<std::uint8_t> extended_identifier;
  std::vector<std::string> compliance;
  std::optional<std::vector<std::uint8_t>> compliance_bytes;  // A0h 3-10
  std::optional<std::uint8_t> extended_compliance;
  std::optional<std::uint8_t> encoding;
  std::optional<unsigned> nominal_rate_mbd;
  std::optional<unsigned> length_smf_km, length_smf_100m, length_om2_10m, length_om1_10m,
      length_om4_10m_or_cable_m, length_om3_10m;
  std::optional<std::uint8_t> wavelength_fraction;  // byte 62, whatever it means here
  std::optional<std::uint8_t> diagnostics;          // byte 92
  std::optional<std::uint8_t> enhanced_options;     // byte 93
  std::optional<std::uint8_t> revision_code;        // byte 94
  std::optional<ExternalCalibration> calibration;   // only of externally calibrated modules
  std::optional<SfpStatus> status;
};

struct QsfpDetails {
  std::optional<std::uint8_t> extended_identifier;
  std::optional<std::uint8_t> identifier_page00;
  std::optional<std::uint8_t> revision_code;
  std::optional<bool> flat_memory, interrupt_deasserted, data_not_ready;
  std::vector<std::string> compliance;
  std::optional<std::vector<std::uint8_t>> compliance_bytes;  // 131-138
  std::optional<std::uint8_t> extended_compliance;
  std::optional<std::uint8_t> encoding;
  std::optional<unsigned> nominal_rate_mbd;
  std::optional<unsigned> length_smf_km, length_om3_2m, length_om2_m, length_om1_m,
      length_cable_m_or_om4_2m;
  std::optional<std::uint8_t> technology;                            // code, SFF-8636 table 6-19
  std::optional<std::array<std::uint8_t, 4>> copper_attenuation_db;  // 2.5, 5, 7, 12.9 GHz
  std::optional<std::uint8_t> diagnostics;                           // byte 220
};

struct CmisApplication {
  unsigned number = 1;  // AppSel code
  std::uint8_t host_id = 0;
  std::uint8_t media_id = 0;
  unsigned host_lanes = 0;
  unsigned media_lanes = 0;
  std::uint8_t host_assignment = 0;              // bit i: may begin at host lane i+1
  std::optional<std::uint8_t> media_assignment;  // likewise, of media lanes
};

struct CmisCapabilities {
  bool network_path = false, vdm = false, diagnostic_pages = false, coherent_pages = false;
  bool tunable = false;
  std::uint8_t banks_code = 0;
  unsigned banks = 1;
  unsigned bias_multiplier = 1;
  bool temperature = false, supply = false;
  std::array<bool, 3> auxiliary{};
  bool custom = false, tx_bias = false, tx_power = false, rx_power = false;
};

enum class AuxiliaryKind : std::uint8_t {
  kTecCurrentPercent,
  kLaserTemperatureC,
  kSecondSupplyV,
  kCustom,  // the raw number
};

struct AuxiliaryMonitor {
  unsigned number = 1;  // 1-3
  AuxiliaryKind kind = AuxiliaryKind::kCustom;
  Measured value = tl::unexpected(Absent::kNotReadable);
};

// Of one lane of a tunable module, pages 04h and 12h.
struct Tuning {
  unsigned lane = 1;
  std::optional<double> grid_ghz;  // empty: a grid code that the standard does not know
  int channel = 0;
  std::optional<double> configured_thz;
  double current_thz = 0;
  double fine_offset_ghz = 0;
  double target_power_dbm = 0;
  bool in_progress = false;
  bool unlocked = false;
  std::uint8_t latched_flags = 0;
};

struct TuningGrid {
  double grid_ghz = 0;
  int low_channel = 0, high_channel = 0;
  double low_thz = 0, high_thz = 0;
};

struct TuningRange {
  std::vector<TuningGrid> grids;
  bool fine_tuning = false;
  bool programmable_power = false;
  double minimum_power_dbm = 0, maximum_power_dbm = 0;
};

// Page 14h with the diagnostics selector at 06h; 0 where a lane has no receiver.
struct LaneSnr {
  std::array<std::optional<double>, 8> host_db, media_db;
};

enum class VdmType : std::uint8_t { kU16, kS16, kF16 };

// One observable of the versatile diagnostics monitor, CMIS 5 section 8.20.
struct VdmObservable {
  unsigned instance = 1;  // 1-256, 64 a group
  unsigned bank = 0;
  std::uint8_t id = 0;
  std::uint8_t location = 0;         // lane - 1 within the bank; 15: the whole module
  unsigned threshold_set = 1;        // 1-64
  std::optional<std::uint16_t> raw;  // empty: the page of values was not readable
  std::string_view name;             // "osnr"; "custom" and "unknown" have a raw number only
  std::string_view unit;
  std::optional<VdmType> type;
  std::optional<double> value;
  std::optional<Limits> limits;                 // as published; see limits_set
  bool limits_set = false;                      // false: the module's way of writing "no limits"
  std::optional<std::vector<FlagLevel>> flags;  // empty: the page of flags was not readable

  // From 1; 0 is the module as a whole.
  [[nodiscard]] unsigned lane() const { return location < 8 ? bank * 8 + location + 1 : 0; }
};

struct VdmControl {
  unsigned groups = 1;
  double fine_interval_s = 0;
  bool freeze_requested = false, freeze_done = false, unfreeze_done = false;
};

// Page 34h. Counts are since the interval began; ratios are empty where the counts contradict
// themselves.
struct FecPerformance {
  std::uint64_t bits = 0, bits_subinterval = 0, corrected_bits = 0;
  std::uint64_t corrected_bits_minimum = 0, corrected_bits_maximum = 0;
  std::uint32_t frames = 0, frames_subinterval = 0, uncorrectable_frames = 0;
  std::uint32_t uncorrectable_frames_minimum = 0, uncorrectable_frames_maximum = 0;
  std::optional<double> pre_fec_ber_average, pre_fec_ber_minimum, pre_fec_ber_maximum;
  std::optional<double> uncorrectable_frame_ratio;
};

struct Spread {
  double average = 0, minimum = 0, maximum = 0;
};

// One row of page 35h, in the unit of the name.
struct LinkObservable {
  std::string_view name;  // "osnr_db"
  Spread value;
};

// C-CMIS pages 34h and 35h of one bank.
struct CoherentPerformance {
  unsigned bank = 0;
  std::optional<FecPerformance> fec;
  std::vector<LinkObservable> link;
};

struct CmisDetails {
  std::optional<std::uint8_t> revision;  // high nibble major, low nibble minor
  std::optional<bool> flat_memory, interrupt_deasserted;
  std::optional<std::uint8_t> module_state, fault_cause;
  std::optional<std::uint8_t> firmware_major, firmware_minor;
  std::optional<std::uint8_t> media_type;
  std::vector<CmisApplication> applications;
  std::optional<std::string> clei;
  std::optional<std::uint8_t> power_class_code;  // 0 is class 1
  std::optional<double> maximum_power_w;
  std::optional<double> cable_length_m;
  std::optional<std::uint8_t> unsupported_media_lanes;  // bit i: lane i+1
  std::optional<std::uint8_t> technology;
  std::optional<CmisCapabilities> capabilities;  // page 01h
  std::vector<AuxiliaryMonitor> auxiliary;
  std::optional<TuningRange> tuning_range;
  std::vector<Tuning> tuning;
  std::optional<LaneSnr> lane_snr;
  std::optional<VdmControl> vdm_control;
  std::vector<VdmObservable> vdm;
  std::vector<CoherentPerformance> performance;
};

struct ModuleReadings {
  Identity identity;
  std::variant<SfpDetails, QsfpDetails, CmisDetails> details;
  std::vector<Checksum> checksums;
  std::optional<double> wavelength_nm;  // empty for cables, and where the module does not say
  std::optional<double> wavelength_tolerance_nm;
  std::optional<PowerKind> rx_power_kind;
  Measured temperature_c = tl::unexpected(Absent::kNotReadable);
  Measured supply_v = tl::unexpected(Absent::kNotReadable);
  std::vector<Lane> lanes;  // empty: the module has no lane monitors
  Thresholds thresholds;
  std::vector<Flag> flags;
  std::vector<std::string> warnings;  // for people: a bad checksum, contradictions, doubts
};

}  // namespace caspilink::module_memory
