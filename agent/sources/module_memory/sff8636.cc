#include "agent/sources/module_memory/sff8636.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/module_memory/conversions.h"
#include "agent/sources/module_memory/names.h"

namespace caspilink::module_memory {
namespace {

constexpr unsigned kLanes = 4;

constexpr std::array<std::string_view, 7> kCompliance = {"40G Active Cable (XLPPI)",
                                                         "40GBASE-LR4",
                                                         "40GBASE-SR4",
                                                         "40GBASE-CR4",
                                                         "10GBASE-SR",
                                                         "10GBASE-LR",
                                                         "10GBASE-LRM"};

std::vector<std::string> compliance(const Registers& page00) {
  std::vector<std::string> names;
  const unsigned bits = page00.u8(131).value_or(0);
  for (unsigned i = 0; i < kCompliance.size(); ++i) {
    if ((bits >> i & 1) != 0) names.emplace_back(kCompliance[i]);
  }
  const auto extended = page00.u8(192);
  if ((bits & 0x80) != 0 && extended && *extended != 0) {
    names.push_back(fmt::format("ext:{:#04x} {}", *extended, extended_compliance_name(*extended)));
  }
  return names;
}

std::optional<unsigned> number(std::optional<std::uint8_t> raw) {
  return raw ? std::optional<unsigned>(*raw) : std::nullopt;
}

QsfpDetails details_of(const Registers& lower, const Registers& page00) {
  QsfpDetails details;
  details.revision_code = lower.u8(1);
  details.flat_memory = lower.bit(2, 2);
  details.interrupt_deasserted = lower.bit(2, 1);
  details.data_not_ready = lower.bit(2, 0);
  details.identifier_page00 = page00.u8(128);
  details.extended_identifier = page00.u8(129);
  details.compliance = compliance(page00);
  details.compliance_bytes = page00.bytes(131, 8);
  details.extended_compliance = page00.u8(192);
  details.encoding = page00.u8(139);
  if (const auto rate = page00.u8(140); rate && *rate != 0xFF) {
    details.nominal_rate_mbd = *rate * 100U;
  } else if (const auto fine = page00.u8(222); rate && fine) {
    details.nominal_rate_mbd = *fine * 250U;
  }
  details.length_smf_km = number(page00.u8(142));
  details.length_om3_2m = number(page00.u8(143));
  details.length_om2_m = number(page00.u8(144));
  details.length_om1_m = number(page00.u8(145));
  details.length_cable_m_or_om4_2m = number(page00.u8(146));
  if (const auto technology = page00.u8(147)) {
    details.technology = static_cast<std::uint8_t>(*technology >> 4);
  }
  details.diagnostics = page00.u8(220);
  return details;
}

// Bits from `high` down are high alarm, low alarm, high warning, low warning.
void add_levels(std::vector<Flag>& flags, unsigned bits, unsigned high, FlagSubject subject,
                unsigned lane) {
  constexpr std::array kLevels = {FlagLevel::kHighAlarm, FlagLevel::kLowAlarm,
                                  FlagLevel::kHighWarning, FlagLevel::kLowWarning};
  for (unsigned i = 0; i < kLevels.size(); ++i) {
    if ((bits >> (high - i) & 1) != 0) flags.push_back({subject, kLevels[i], lane});
  }
}

std::vector<Flag> flags_of(const Registers& lower) {
  std::vector<Flag> flags;
  const auto lane_events = [&](unsigned byte, FlagSubject high_nibble, FlagSubject low_nibble) {
    const unsigned bits = lower.u8(byte).value_or(0);
    for (unsigned i = 0; i < kLanes; ++i) {
      if ((bits >> (4 + i) & 1) != 0) flags.push_back({high_nibble, FlagLevel::kEvent, i + 1});
      if ((bits >> i & 1) != 0) flags.push_back({low_nibble, FlagLevel::kEvent, i + 1});
    }
  };
  lane_events(3, FlagSubject::kTxLossOfSignal, FlagSubject::kRxLossOfSignal);
  lane_events(4, FlagSubject::kTxEqualizerFault, FlagSubject::kTxFault);
  lane_events(5, FlagSubject::kTxLossOfLock, FlagSubject::kRxLossOfLock);
  add_levels(flags, lower.u8(6).value_or(0), 7, FlagSubject::kTemperature, 0);
  add_levels(flags, lower.u8(7).value_or(0), 7, FlagSubject::kSupply, 0);
  for (const auto& [first, subject] :
       {std::pair{9U, FlagSubject::kRxPower}, std::pair{11U, FlagSubject::kTxBias},
        std::pair{13U, FlagSubject::kTxPower}}) {
    for (unsigned i = 0; i < kLanes; ++i) {
      add_levels(flags, lower.u8(first + i / 2).value_or(0), i % 2 == 0 ? 7 : 3, subject, i + 1);
    }
  }
  return flags;
}

void decode_monitors(const Registers& lower, const QsfpDetails& details, bool copper,
                     ModuleReadings& readings) {
  const auto not_supported = tl::unexpected(Absent::kNotSupported);
  const bool not_ready = details.data_not_ready.value_or(false);
  const auto guard = [&](Measured value) -> Measured {
    return not_ready ? tl::unexpected(Absent::kNotReady) : value;
  };

  const unsigned advertised = details.diagnostics.value_or(0);
  const auto supply = lower.u16(26);
  // The bits of byte 220 came with SFF-8636 2.8 and older modules leave them 0 and measure; but no
  // module runs on nothing, so a supply of zero is a register that nobody fills.
  const bool filled = supply.value_or(1) != 0;
  const bool has_temperature = (advertised & 0x20) != 0 || filled;
  const bool has_supply = (advertised & 0x10) != 0 || filled;
  readings.temperature_c =
      has_temperature ? guard(scaled(lower.s16(22), kTemperatureStep)) : Measured(not_supported);
  readings.supply_v = has_supply ? guard(scaled(supply, kSupplyStep)) : Measured(not_supported);

  bool unadvertised_tx_power = false;
  for (unsigned i = 0; i < kLanes; ++i) {
    Lane lane{.number = i + 1};
    if (!not_ready && !copper) {
      lane.rx_loss_of_signal = lower.bit(3, i);
      lane.tx_fault = lower.bit(4, i);
    }
    const auto rx = lower.u16(34 + 2 * i), bias = lower.u16(42 + 2 * i), tx = lower.u16(50 + 2 * i);
    lane.rx_power_mw = guard(scaled_power(rx));
    lane.tx_bias_ma = guard(scaled(bias, kBiasStep));
    lane.tx_power_mw = guard(scaled_power(tx));
    const bool dark = rx.value_or(0) == 0 && bias.value_or(0) == 0 && tx.value_or(0) == 0;
    if (dark && (copper || !details.technology)) {
      // Of a module whose technology is not readable, nobody knows whether zero means anything.
      lane.rx_power_mw = lane.tx_bias_ma = lane.tx_power_mw =
          tl::unexpected(copper ? Absent::kNotSupported : Absent::kNotReadable);
    } else if ((advertised & 0x04) == 0 && details.diagnostics) {
      if (tx.value_or(0) == 0) {
        lane.tx_power_mw = not_supported;
      } else {
        unadvertised_tx_power = true;
      }
    }
    readings.lanes.push_back(lane);
  }
  if (unadvertised_tx_power) {
    readings.warnings.emplace_back("transmit power is reported and not advertised (byte 220)");
  }
}

}  // namespace

ModuleReadings decode_sff8636(const MemoryImage& image) {
  const Registers lower = image.lower();
  const Registers page00 = image.upper(0x00);
  ModuleReadings readings;
  const auto identifier = lower.u8(0);
  readings.identity = {.identifier = identifier && *identifier != 0 && *identifier != 0xFF
                                         ? *identifier
                                         : page00.u8(128).value_or(0),
                       .connector = page00.u8(130),
                       .vendor = page00.text(148, 16),
                       .oui = oui(page00, 165),
                       .part = page00.text(168, 16),
                       .revision = page00.text(184, 2),
                       .serial = page00.text(196, 16),
                       .date_code = page00.text(212, 8)};
  check_sum(readings, "cc_base", page00, 128, 190);
  check_sum(readings, "cc_ext", page00, 192, 222);

  QsfpDetails details = details_of(lower, page00);
  const bool copper = details.technology.value_or(0) >= 10;
  if (copper) {
    if (const auto attenuation = page00.bytes(186, 4)) {
      details.copper_attenuation_db = {(*attenuation)[0], (*attenuation)[1], (*attenuation)[2],
                                       (*attenuation)[3]};
    }
  } else {
    if (const auto raw = page00.u16(186); raw && *raw != 0) readings.wavelength_nm = *raw / 20.0;
    if (const auto raw = page00.u16(188); raw && readings.wavelength_nm) {
      readings.wavelength_tolerance_nm = *raw / 200.0;
    }
  }
  if (details.diagnostics) {
    readings.rx_power_kind =
        (*details.diagnostics & 0x08) != 0 ? PowerKind::kAverage : PowerKind::kModulationAmplitude;
  }
  if (lower.any()) {
    readings.flags = flags_of(lower);
    decode_monitors(lower, details, copper, readings);
  }

  // A flat memory has no page 03h; what a reader finds there is page 00h again.
  if (!details.flat_memory.value_or(false)) {
    const Registers page03 = image.upper(0x03);
    readings.thresholds.temperature_c = signed_limits(page03, 128, kTemperatureStep);
    readings.thresholds.supply_v = unsigned_limits(page03, 144, kSupplyStep);
    readings.thresholds.rx_power_mw = unsigned_limits(page03, 176, kPowerStep);
    readings.thresholds.tx_bias_ma = unsigned_limits(page03, 184, kBiasStep);
    readings.thresholds.tx_power_mw = unsigned_limits(page03, 192, kPowerStep);
  }
  readings.details = std::move(details);
  return readings;
}

}  // namespace caspilink::module_memory
