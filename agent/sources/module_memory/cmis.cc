#include "agent/sources/module_memory/cmis.h"

#include <array>
#include <string>
#include <utility>

#include "agent/sources/module_memory/cmis_coherent.h"
#include "agent/sources/module_memory/cmis_lanes.h"
#include "agent/sources/module_memory/cmis_vdm.h"
#include "agent/sources/module_memory/conversions.h"

namespace caspilink::module_memory {
namespace {

constexpr unsigned kDescriptors = 8;  // of applications in lower memory, 4 bytes each
constexpr unsigned kFirstDescriptor = 86;

std::vector<CmisApplication> applications_of(const Registers& lower, const Registers& page01) {
  std::vector<CmisApplication> found;
  for (unsigned i = 0; i < kDescriptors; ++i) {
    const auto bytes = lower.bytes(kFirstDescriptor + 4 * i, 4);
    if (!bytes || (*bytes)[0] == 0xFF || (*bytes)[0] == 0) break;
    found.push_back({.number = i + 1,
                     .host_id = (*bytes)[0],
                     .media_id = (*bytes)[1],
                     .host_lanes = static_cast<unsigned>((*bytes)[2] >> 4),
                     .media_lanes = (*bytes)[2] & 0x0FU,
                     .host_assignment = (*bytes)[3],
                     .media_assignment = page01.u8(176 + i)});
  }
  return found;
}

CmisDetails details_of(const Registers& lower, const Registers& page00, const Registers& page01) {
  CmisDetails details;
  details.revision = lower.u8(1);
  details.flat_memory = lower.bit(2, 7);
  if (const auto status = lower.u8(3)) {
    details.module_state = static_cast<std::uint8_t>(*status >> 1 & 7);
    details.interrupt_deasserted = (*status & 1) != 0;
  }
  details.firmware_major = lower.u8(39);
  details.firmware_minor = lower.u8(40);
  details.fault_cause = lower.u8(41);
  details.media_type = lower.u8(85);
  details.applications = applications_of(lower, page01);
  details.clei = page00.text(190, 10);
  if (const auto raw = page00.u8(200)) {
    details.power_class_code = static_cast<std::uint8_t>(*raw >> 5);
  }
  if (const auto raw = page00.u8(201)) details.maximum_power_w = *raw * 0.25;
  if (const auto raw = page00.u8(202)) {
    constexpr std::array kMultiplier = {0.1, 1.0, 10.0, 100.0};
    details.cable_length_m = (*raw & 0x3F) * kMultiplier[*raw >> 6U];
  }
  details.unsupported_media_lanes = page00.u8(210);
  details.technology = page00.u8(212);
  return details;
}

// From bit 0 upward: the reverse of SFF-8636.
void add_levels(std::vector<Flag>& flags, unsigned bits, unsigned low, FlagSubject subject) {
  constexpr std::array kLevels = {FlagLevel::kHighAlarm, FlagLevel::kLowAlarm,
                                  FlagLevel::kHighWarning, FlagLevel::kLowWarning};
  for (unsigned i = 0; i < kLevels.size(); ++i) {
    if ((bits >> (low + i) & 1) != 0) flags.push_back({subject, kLevels[i], 0});
  }
}

std::vector<Flag> module_flags(const Registers& lower) {
  std::vector<Flag> flags;
  if (lower.bit(8, 0).value_or(false)) {
    flags.push_back({FlagSubject::kModuleStateChanged, FlagLevel::kEvent, 0});
  }
  const unsigned first = lower.u8(9).value_or(0);
  add_levels(flags, first, 0, FlagSubject::kTemperature);
  add_levels(flags, first, 4, FlagSubject::kSupply);
  const unsigned second = lower.u8(10).value_or(0);
  add_levels(flags, second, 0, FlagSubject::kAuxiliary1);
  add_levels(flags, second, 4, FlagSubject::kAuxiliary2);
  const unsigned third = lower.u8(11).value_or(0);
  add_levels(flags, third, 0, FlagSubject::kAuxiliary3);
  add_levels(flags, third, 4, FlagSubject::kCustom);
  return flags;
}

AuxiliaryKind auxiliary_kind(unsigned index, unsigned selectors) {
  const bool selected = (selectors >> index & 1) != 0;
  switch (index) {
    case 0:
      return selected ? AuxiliaryKind::kTecCurrentPercent : AuxiliaryKind::kCustom;
    case 1:
      return selected ? AuxiliaryKind::kTecCurrentPercent : AuxiliaryKind::kLaserTemperatureC;
    default:
      return selected ? AuxiliaryKind::kSecondSupplyV : AuxiliaryKind::kLaserTemperatureC;
  }
}

double auxiliary_step(AuxiliaryKind kind) {
  switch (kind) {
    case AuxiliaryKind::kTecCurrentPercent:
      return 100.0 / 32767;
    case AuxiliaryKind::kLaserTemperatureC:
      return kTemperatureStep;
    case AuxiliaryKind::kSecondSupplyV:
      return kSupplyStep;
    case AuxiliaryKind::kCustom:
      return 1;
  }
  return 1;
}

void decode_module_monitors(const Registers& lower, const Registers& page01,
                            const Registers& page02, const CmisCapabilities& has,
                            CmisDetails& details, ModuleReadings& readings) {
  const Measured not_supported = tl::unexpected(Absent::kNotSupported);
  readings.temperature_c =
      has.temperature ? scaled(lower.s16(14), kTemperatureStep) : not_supported;
  readings.supply_v = has.supply ? scaled(lower.u16(16), kSupplyStep) : not_supported;
  readings.thresholds.temperature_c = signed_limits(page02, 128, kTemperatureStep);
  readings.thresholds.supply_v = unsigned_limits(page02, 136, kSupplyStep);
  readings.thresholds.tx_power_mw = unsigned_limits(page02, 176, kPowerStep);
  readings.thresholds.tx_bias_ma = unsigned_limits(page02, 184, kBiasStep * has.bias_multiplier);
  readings.thresholds.rx_power_mw = unsigned_limits(page02, 192, kPowerStep);

  const auto selectors = page01.u8(145);
  if (!selectors) return;
  for (unsigned i = 0; i < has.auxiliary.size(); ++i) {
    if (!has.auxiliary[i]) continue;
    const AuxiliaryKind kind = auxiliary_kind(i, *selectors);
    const double step = auxiliary_step(kind);
    const unsigned number = 18 + 2 * i;
    const bool is_unsigned = kind == AuxiliaryKind::kSecondSupplyV;
    details.auxiliary.push_back(
        {.number = i + 1,
         .kind = kind,
         .value = is_unsigned ? scaled(lower.u16(number), step) : scaled(lower.s16(number), step)});
    readings.thresholds.auxiliary[i] = is_unsigned ? unsigned_limits(page02, 144 + 8 * i, step)
                                                   : signed_limits(page02, 144 + 8 * i, step);
  }
}

}  // namespace

std::optional<CmisCapabilities> cmis_capabilities(const MemoryImage& image) {
  if (image.lower().bit(2, 7).value_or(false)) return std::nullopt;
  const Registers page01 = image.upper(0x01);
  const auto pages = page01.u8(142), controls = page01.u8(155), module = page01.u8(159),
             lane = page01.u8(160);
  if (!pages || !module || !lane) return std::nullopt;
  const auto bit = [](std::uint8_t byte, unsigned index) { return (byte >> index & 1) != 0; };
  CmisCapabilities has;
  has.network_path = bit(*pages, 7);
  has.vdm = bit(*pages, 6);
  has.diagnostic_pages = bit(*pages, 5);
  has.coherent_pages = bit(*pages, 4);
  has.banks_code = *pages & 3;
  has.banks = std::array{1U, 2U, 4U, 1U}[has.banks_code];
  has.tunable = controls && bit(*controls, 6);
  has.temperature = bit(*module, 0);
  has.supply = bit(*module, 1);
  for (unsigned i = 0; i < has.auxiliary.size(); ++i) has.auxiliary[i] = bit(*module, 2 + i);
  has.custom = bit(*module, 5);
  has.tx_bias = bit(*lane, 0);
  has.tx_power = bit(*lane, 1);
  has.rx_power = bit(*lane, 2);
  has.bias_multiplier = std::array{1U, 2U, 4U, 1U}[*lane >> 3U & 3U];
  return has;
}

ModuleReadings decode_cmis(const MemoryImage& image) {
  const Registers lower = image.lower();
  const Registers page00 = image.upper(0x00);
  ModuleReadings readings;
  const auto identifier = lower.u8(0);
  readings.identity = {.identifier = identifier && *identifier != 0 && *identifier != 0xFF
                                         ? *identifier
                                         : page00.u8(128).value_or(0),
                       .connector = page00.u8(203),
                       .vendor = page00.text(129, 16),
                       .oui = oui(page00, 145),
                       .part = page00.text(148, 16),
                       .revision = page00.text(164, 2),
                       .serial = page00.text(166, 16),
                       .date_code = page00.text(182, 8)};
  check_sum(readings, "page00", page00, 128, 221);

  const auto capabilities = cmis_capabilities(image);
  const Registers page01 = capabilities ? image.upper(0x01) : Registers();
  CmisDetails details = details_of(lower, page00, page01);
  details.capabilities = capabilities;
  readings.flags = module_flags(lower);
  if (!capabilities) {
    // Flat memory ends here, and has no monitors; without page 01h nobody knows what it has.
    if (details.flat_memory.value_or(false)) {
      readings.temperature_c = readings.supply_v = tl::unexpected(Absent::kNotSupported);
    }
    readings.details = std::move(details);
    return readings;
  }

  check_sum(readings, "page01", page01, 130, 254);
  if (const auto raw = page01.u16(138); raw && *raw != 0) readings.wavelength_nm = *raw / 20.0;
  if (const auto raw = page01.u16(140); raw && *raw != 0) {
    readings.wavelength_tolerance_nm = *raw / 200.0;
  }
  if (const auto average = page01.bit(151, 4)) {
    readings.rx_power_kind = *average ? PowerKind::kAverage : PowerKind::kModulationAmplitude;
  }
  const Registers page02 = image.upper(0x02);
  check_sum(readings, "page02", page02, 128, 254);
  decode_module_monitors(lower, page01, page02, *capabilities, details, readings);
  decode_lanes(image, *capabilities, details, readings);
  if (capabilities->tunable) decode_tuning(image, details, readings);
  if (capabilities->diagnostic_pages) details.lane_snr = lane_snr(image);
  if (capabilities->vdm) decode_vdm(image, *capabilities, details);
  if (capabilities->coherent_pages) decode_coherent(image, *capabilities, details);
  readings.details = std::move(details);
  return readings;
}

}  // namespace caspilink::module_memory
