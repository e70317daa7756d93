#include "agent/sources/module_memory/sff8472.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/module_memory/conversions.h"
#include "agent/sources/module_memory/names.h"

namespace caspilink::module_memory {
namespace {

// Bits of byte 92.
constexpr unsigned kDiagnosticsPresent = 1U << 6;
constexpr unsigned kInternallyCalibrated = 1U << 5;
constexpr unsigned kExternallyCalibrated = 1U << 4;
constexpr unsigned kAveragePower = 1U << 3;
constexpr unsigned kAddressChange = 1U << 2;

// Of byte 93: the module implements these bits of its status.
constexpr unsigned kSoftTxFault = 1U << 5;
constexpr unsigned kSoftRxLossOfSignal = 1U << 4;

constexpr std::array<std::string_view, 8> kTenGigabit = {
    "", "", "", "", "10GBASE-SR", "10GBASE-LR", "10GBASE-LRM", "10GBASE-ER"};
constexpr std::array<std::string_view, 8> kEthernet = {"1000BASE-SX", "1000BASE-LX", "1000BASE-CX",
                                                       "1000BASE-T",  "100BASE-LX",  "100BASE-FX",
                                                       "BASE-BX10",   "BASE-PX"};

std::vector<std::string> compliance(const Registers& a0) {
  std::vector<std::string> names;
  for (const auto& [number, table] : {std::pair{3U, kTenGigabit}, std::pair{6U, kEthernet}}) {
    const unsigned bits = a0.u8(number).value_or(0);
    for (unsigned i = 0; i < 8; ++i) {
      if ((bits >> i & 1) != 0 && !table[i].empty()) names.emplace_back(table[i]);
    }
  }
  const unsigned cable = a0.u8(8).value_or(0);
  if ((cable & 4) != 0) names.emplace_back("passive cable");
  if ((cable & 8) != 0) names.emplace_back("active cable");
  if (const auto extended = a0.u8(36).value_or(0); extended != 0) {
    names.push_back(fmt::format("ext:{:#04x} {}", extended, extended_compliance_name(extended)));
  }
  return names;
}

bool is_cable(const Registers& a0) { return (a0.u8(8).value_or(0) & 0x0C) != 0; }

// Byte 62 holds hundredths of a nanometre in the modules of DWDM vendors and something else in
// others: it is one only when the ITU grid of 50 GHz says so.
std::optional<double> wavelength(const Registers& a0) {
  const auto whole = a0.u16(60);
  if (!whole || *whole == 0 || is_cable(a0)) return std::nullopt;
  const double nominal = *whole;
  const double hundredths = a0.u8(62).value_or(0);
  if (hundredths == 0 || hundredths > 99 || nominal < 1500 || nominal > 1625) return nominal;
  const double wavelength_nm = nominal + hundredths / 100;
  const double slots = (kSpeedOfLightNmThz / wavelength_nm - 193.1) / 0.05;
  const double off_grid_thz = std::abs(slots - std::round(slots)) * 0.05;
  // Half a hundredth of a nanometre is 0.6 GHz at 1550 nm.
  return off_grid_thz < 0.0007 ? wavelength_nm : nominal;
}

std::optional<unsigned> number(std::optional<std::uint8_t> raw) {
  return raw ? std::optional<unsigned>(*raw) : std::nullopt;
}

SfpDetails details_of(const Registers& a0) {
  SfpDetails details;
  details.extended_identifier = a0.u8(1);
  details.compliance = compliance(a0);
  details.compliance_bytes = a0.bytes(3, 8);
  details.extended_compliance = a0.u8(36);
  details.encoding = a0.u8(11);
  if (const auto rate = a0.u8(12); rate && *rate != 0xFF) {
    details.nominal_rate_mbd = *rate * 100U;
  } else if (const auto fine = a0.u8(66); rate && fine) {
    details.nominal_rate_mbd = *fine * 250U;
  }
  details.length_smf_km = number(a0.u8(14));
  details.length_smf_100m = number(a0.u8(15));
  details.length_om2_10m = number(a0.u8(16));
  details.length_om1_10m = number(a0.u8(17));
  details.length_om4_10m_or_cable_m = number(a0.u8(18));
  details.length_om3_10m = number(a0.u8(19));
  details.wavelength_fraction = a0.u8(62);
  details.diagnostics = a0.u8(92);
  details.enhanced_options = a0.u8(93);
  details.revision_code = a0.u8(94);
  return details;
}

std::optional<ExternalCalibration> calibration_of(const Registers& a2) {
  ExternalCalibration constants;
  for (unsigned power = 0; power < 5; ++power) {
    const auto constant = a2.ieee754(72 - 4 * power);
    if (!constant) return std::nullopt;
    constants.rx_power[power] = static_cast<double>(*constant);
  }
  const auto line = [&](unsigned first, double& slope, std::int16_t& offset) {
    const auto raw_slope = a2.u16(first);
    const auto raw_offset = a2.s16(first + 2);
    if (!raw_slope || !raw_offset) return false;
    slope = *raw_slope / 256.0;
    offset = *raw_offset;
    return true;
  };
  const bool complete = line(76, constants.tx_bias_slope, constants.tx_bias_offset) &&
                        line(80, constants.tx_power_slope, constants.tx_power_offset) &&
                        line(84, constants.temperature_slope, constants.temperature_offset) &&
                        line(88, constants.supply_slope, constants.supply_offset);
  return complete ? std::optional(constants) : std::nullopt;
}

// Raw A/D numbers to units. Readings and thresholds go through the same formulas.
class Calibration {
 public:
  Calibration() = default;
  explicit Calibration(const ExternalCalibration& constants) : external_(constants) {}

  [[nodiscard]] double temperature_c(std::int16_t raw) const {
    return (external_ ? external_->temperature_slope * raw + external_->temperature_offset : raw) *
           kTemperatureStep;
  }
  [[nodiscard]] double supply_v(std::uint16_t raw) const {
    return line(raw, external_ ? external_->supply_slope : 1,
                external_ ? external_->supply_offset : 0) *
           kSupplyStep;
  }
  [[nodiscard]] double bias_ma(std::uint16_t raw) const {
    return line(raw, external_ ? external_->tx_bias_slope : 1,
                external_ ? external_->tx_bias_offset : 0) *
           kBiasStep;
  }
  [[nodiscard]] double tx_power_mw(std::uint16_t raw) const {
    return line(raw, external_ ? external_->tx_power_slope : 1,
                external_ ? external_->tx_power_offset : 0) *
           kPowerStep;
  }
  // Not finite where the module's constants are not.
  [[nodiscard]] double rx_power_mw(std::uint16_t raw) const {
    if (!external_) return raw * kPowerStep;
    double sum = 0;
    for (std::size_t i = external_->rx_power.size(); i-- > 0;) {
      sum = sum * raw + external_->rx_power[i];
    }
    return std::isnan(sum) ? sum : std::max(sum, 0.0) * kPowerStep;
  }

 private:
  // A current, voltage or power below zero is an offset too large for a small reading: zero.
  [[nodiscard]] static double line(std::uint16_t raw, double slope, double offset) {
    return std::max(slope * raw + offset, 0.0);
  }

  std::optional<ExternalCalibration> external_;
};

template <typename Convert>
std::optional<Limits> limits(const Registers& a2, unsigned first, Convert convert) {
  std::array<double, 4> values{};
  for (unsigned i = 0; i < 4; ++i) {
    const auto raw = a2.u16(first + 2 * i);
    if (!raw) return std::nullopt;
    values[i] = convert(*raw);
    if (!std::isfinite(values[i])) return std::nullopt;
  }
  return Limits{values[0], values[1], values[2], values[3]};
}

std::vector<Flag> flags_of(const Registers& a2) {
  struct Group {
    FlagSubject subject;
    unsigned byte;  // of the alarm flags; the warning flags are four further
    unsigned low_bit;
  };
  constexpr std::array<Group, 7> kGroups = {{{FlagSubject::kTemperature, 112, 6},
                                             {FlagSubject::kSupply, 112, 4},
                                             {FlagSubject::kTxBias, 112, 2},
                                             {FlagSubject::kTxPower, 112, 0},
                                             {FlagSubject::kRxPower, 113, 6},
                                             {FlagSubject::kLaserTemperature, 113, 4},
                                             {FlagSubject::kTecCurrent, 113, 2}}};
  std::vector<Flag> flags;
  for (const Group& group : kGroups) {
    const auto add = [&](unsigned byte, unsigned bit, FlagLevel level) {
      if (a2.bit(byte, bit).value_or(false)) flags.push_back({group.subject, level, 0});
    };
    add(group.byte, group.low_bit + 1, FlagLevel::kHighAlarm);
    add(group.byte, group.low_bit, FlagLevel::kLowAlarm);
    add(group.byte + 4, group.low_bit + 1, FlagLevel::kHighWarning);
    add(group.byte + 4, group.low_bit, FlagLevel::kLowWarning);
  }
  return flags;
}

std::optional<SfpStatus> status_of(const Registers& a2) {
  const auto bits = a2.u8(110);
  if (!bits) return std::nullopt;
  return SfpStatus{.tx_disabled = (*bits & 0x80) != 0,
                   .soft_tx_disable = (*bits & 0x40) != 0,
                   .tx_fault = (*bits & 0x04) != 0,
                   .rx_loss_of_signal = (*bits & 0x02) != 0,
                   .data_not_ready = (*bits & 0x01) != 0};
}

void decode_diagnostics(const Registers& a2, SfpDetails& details, ModuleReadings& readings) {
  const unsigned mode = details.diagnostics.value_or(0);
  readings.rx_power_kind =
      (mode & kAveragePower) != 0 ? PowerKind::kAverage : PowerKind::kModulationAmplitude;
  Lane lane;
  if (!a2.any()) {
    readings.warnings.emplace_back(
        "diagnostics are advertised and the memory at A2h is not readable");
    readings.lanes.push_back(lane);
    return;
  }
  check_sum(readings, "cc_dmi", a2, 0, 94);

  const bool internal = (mode & kInternallyCalibrated) != 0;
  const bool external = (mode & kExternallyCalibrated) != 0;
  if (internal == external) {
    readings.warnings.emplace_back(
        internal ? "calibration is said to be both internal and external; taken as internal"
                 : "calibration is said to be neither internal nor external; taken as internal");
  }
  Calibration calibration;
  if (external && !internal) {
    details.calibration = calibration_of(a2);
    if (!details.calibration) {
      // Without the constants no number is one.
      readings.warnings.emplace_back("the calibration constants are not readable");
      readings.lanes.push_back(lane);
      return;
    }
    calibration = Calibration(*details.calibration);
  }

  auto& thresholds = readings.thresholds;
  thresholds.temperature_c = limits(a2, 0, [&](std::uint16_t raw) {
    return calibration.temperature_c(static_cast<std::int16_t>(raw));
  });
  thresholds.supply_v = limits(a2, 8, [&](auto raw) { return calibration.supply_v(raw); });
  thresholds.tx_bias_ma = limits(a2, 16, [&](auto raw) { return calibration.bias_ma(raw); });
  thresholds.tx_power_mw = limits(a2, 24, [&](auto raw) { return calibration.tx_power_mw(raw); });
  thresholds.rx_power_mw = limits(a2, 32, [&](auto raw) { return calibration.rx_power_mw(raw); });

  details.status = status_of(a2);
  if (details.status && (details.enhanced_options.value_or(0) & kSoftTxFault) != 0) {
    lane.tx_fault = details.status->tx_fault;
  }
  if (details.status && (details.enhanced_options.value_or(0) & kSoftRxLossOfSignal) != 0) {
    lane.rx_loss_of_signal = details.status->rx_loss_of_signal;
  }
  if (details.enhanced_options.value_or(0) & 0x80) readings.flags = flags_of(a2);

  if (details.status && details.status->data_not_ready) {
    const auto not_ready = tl::unexpected(Absent::kNotReady);
    readings.temperature_c = readings.supply_v = not_ready;
    lane.tx_bias_ma = lane.tx_power_mw = lane.rx_power_mw = not_ready;
    readings.lanes.push_back(lane);
    return;
  }
  if (const auto raw = a2.s16(96)) readings.temperature_c = calibration.temperature_c(*raw);
  if (const auto raw = a2.u16(98)) readings.supply_v = calibration.supply_v(*raw);
  if (const auto raw = a2.u16(100)) lane.tx_bias_ma = calibration.bias_ma(*raw);
  if (const auto raw = a2.u16(102)) {
    lane.tx_power_mw = power_measured(calibration.tx_power_mw(*raw));
  }
  if (const auto raw = a2.u16(104)) {
    const double power = calibration.rx_power_mw(*raw);
    if (std::isfinite(power)) {
      lane.rx_power_mw = power_measured(power);
    } else {
      lane.rx_power_mw = tl::unexpected(Absent::kNotSupported);
      readings.warnings.emplace_back("the receive power calibration constants are no numbers");
    }
  }
  readings.lanes.push_back(lane);
}

}  // namespace

ModuleReadings decode_sff8472(const MemoryImage& image) {
  const Registers a0 = image.lower();
  ModuleReadings readings;
  readings.identity = {.identifier = a0.u8(0).value_or(0),
                       .connector = a0.u8(2),
                       .vendor = a0.text(20, 16),
                       .oui = oui(a0, 37),
                       .part = a0.text(40, 16),
                       .revision = a0.text(56, 4),
                       .serial = a0.text(68, 16),
                       .date_code = a0.text(84, 8)};
  readings.wavelength_nm = wavelength(a0);
  check_sum(readings, "cc_base", a0, 0, 62);
  check_sum(readings, "cc_ext", a0, 64, 94);

  SfpDetails details = details_of(a0);
  if (details.diagnostics && (*details.diagnostics & kDiagnosticsPresent) == 0) {
    readings.temperature_c = readings.supply_v = tl::unexpected(Absent::kNotSupported);
  } else if (details.diagnostics) {
    const Registers a2 = image.lower(kDiagnosticsI2c);
    if (!a2.any() && (*details.diagnostics & kAddressChange) != 0) {
      readings.warnings.emplace_back("the module needs an address change to show its diagnostics");
    }
    decode_diagnostics(a2, details, readings);
  }
  readings.details = std::move(details);
  return readings;
}

}  // namespace caspilink::module_memory
