#include "agent/sources/module_memory/cmis_vdm.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace caspilink::module_memory {
namespace {

constexpr unsigned kPerGroup = 64;

struct Kind {
  std::uint8_t id;
  std::string_view name;
  VdmType type;
  double step;  // ignored for F16
  std::string_view unit;
};

constexpr double kUnsignedPercent = 100.0 / 65535;
constexpr double kSignedPercent = 100.0 / 32767;
constexpr VdmType U = VdmType::kU16, S = VdmType::kS16, F = VdmType::kF16;

// CMIS 5.4 table 8-127 and C-CMIS 1.2 for 128-152, ordered by id.
constexpr auto kKinds = std::to_array<Kind>({
    {1, "laser_age", U, 1, "%"},
    {2, "tec_current", S, kSignedPercent, "%"},
    {3, "laser_freq_error", S, 10, "MHz"},
    {4, "laser_temperature", S, 1.0 / 256, "C"},
    {5, "snr_media_in", U, 1.0 / 256, "dB"},
    {6, "snr_host_in", U, 1.0 / 256, "dB"},
    {7, "pam4_ltp_media_in", U, 1.0 / 256, "dB"},
    {8, "pam4_ltp_host_in", U, 1.0 / 256, "dB"},
    {9, "pre_fec_ber_media_in_min", F, 1, ""},
    {10, "pre_fec_ber_host_in_min", F, 1, ""},
    {11, "pre_fec_ber_media_in_max", F, 1, ""},
    {12, "pre_fec_ber_host_in_max", F, 1, ""},
    {13, "pre_fec_ber_media_in_avg", F, 1, ""},
    {14, "pre_fec_ber_host_in_avg", F, 1, ""},
    {15, "pre_fec_ber_media_in_cur", F, 1, ""},
    {16, "pre_fec_ber_host_in_cur", F, 1, ""},
    {17, "ferc_media_in_min", F, 1, ""},
    {18, "ferc_host_in_min", F, 1, ""},
    {19, "ferc_media_in_max", F, 1, ""},
    {20, "ferc_host_in_max", F, 1, ""},
    {21, "ferc_media_in_avg", F, 1, ""},
    {22, "ferc_host_in_avg", F, 1, ""},
    {23, "ferc_media_in_cur", F, 1, ""},
    {24, "ferc_host_in_cur", F, 1, ""},
    {25, "ferc_media_in_total", F, 1, ""},
    {26, "ferc_host_in_total", F, 1, ""},
    {27, "sew_max_media_in_min", U, 1, ""},
    {28, "sew_max_host_in_min", U, 1, ""},
    {29, "sew_max_media_in_max", U, 1, ""},
    {30, "sew_max_host_in_max", U, 1, ""},
    {31, "sew_max_media_in_avg", U, 1, ""},
    {32, "sew_max_host_in_avg", U, 1, ""},
    {33, "sew_max_media_in_cur", U, 1, ""},
    {34, "sew_max_host_in_cur", U, 1, ""},
    {77, "vcc2p6", U, 1e-4, "V"},
    {78, "vcc1p8", U, 1e-4, "V"},
    {79, "vcc1p2", U, 1e-4, "V"},
    {80, "vcc0p9", U, 1e-4, "V"},
    {81, "vcc0p7a", U, 1e-4, "V"},
    {82, "vcc0p7b", U, 1e-4, "V"},
    {83, "vcc12", U, 2.5e-4, "V"},
    {84, "els_input_power", S, 0.01, "dBm"},
    {128, "modulator_bias_xi", U, kUnsignedPercent, "%"},
    {129, "modulator_bias_xq", U, kUnsignedPercent, "%"},
    {130, "modulator_bias_yi", U, kUnsignedPercent, "%"},
    {131, "modulator_bias_yq", U, kUnsignedPercent, "%"},
    {132, "modulator_bias_x_phase", U, kUnsignedPercent, "%"},
    {133, "modulator_bias_y_phase", U, kUnsignedPercent, "%"},
    {134, "cd_high_granularity", S, 1, "ps/nm"},
    {135, "cd_low_granularity", S, 20, "ps/nm"},
    {136, "dgd", U, 0.01, "ps"},
    {137, "sopmd_high_granularity", U, 0.01, "ps^2"},
    {138, "pdl", U, 0.1, "dB"},
    {139, "osnr", U, 0.1, "dB"},
    {140, "esnr", U, 0.1, "dB"},
    {141, "cfo", S, 1, "MHz"},
    {142, "evm", U, kUnsignedPercent, "%"},
    {143, "tx_power", S, 0.01, "dBm"},
    {144, "rx_total_power", S, 0.01, "dBm"},
    {145, "rx_signal_power", S, 0.01, "dBm"},
    {146, "sop_roc", U, 1, "krad/s"},
    {147, "mer", U, 0.1, "dB"},
    {148, "clock_recovery_loop", S, kSignedPercent, "%"},
    {149, "sopmd_low_granularity", U, 1, "ps^2"},
    {150, "snr_margin", S, 0.1, "dB"},
    {151, "q_factor", U, 0.1, "dB"},
    {152, "q_margin", S, 0.1, "dB"},
});

static_assert(std::ranges::is_sorted(kKinds, {}, &Kind::id));

const Kind* kind_of(std::uint8_t id) {
  const auto found = std::ranges::lower_bound(kKinds, id, {}, &Kind::id);
  return found != kKinds.end() && found->id == id ? &*found : nullptr;
}

double value_of(const Kind& kind, std::uint16_t raw) {
  switch (kind.type) {
    case VdmType::kU16:
      return raw * kind.step;
    case VdmType::kS16:
      return static_cast<std::int16_t>(raw) * kind.step;
    case VdmType::kF16:
      return f16(raw);
  }
  return 0;
}

// Coherent modules write FFFFh above and 0000h below for "no limits", whatever the type: as signed
// numbers that would be a high alarm at -1.
bool are_set(const std::array<std::uint16_t, 4>& raw) {
  const auto [ha, la, hw, lw] = raw;
  const bool extreme = ha == 0xFFFF && hw == 0xFFFF && la == 0 && lw == 0;
  const bool equal = ha == la && ha == hw && ha == lw;
  return !extreme && !equal;
}

void add_limits(const Registers& page, unsigned set, const Kind& kind, VdmObservable& observable) {
  std::array<std::uint16_t, 4> raw{};
  for (unsigned i = 0; i < raw.size(); ++i) {
    const auto limit = page.u16(128 + 8 * set + 2 * i);
    if (!limit) return;
    raw[i] = *limit;
  }
  observable.limits = Limits{value_of(kind, raw[0]), value_of(kind, raw[1]), value_of(kind, raw[2]),
                             value_of(kind, raw[3])};
  observable.limits_set = are_set(raw);
}

std::optional<std::vector<FlagLevel>> flags_of(const Registers& page2c, unsigned group,
                                               unsigned index) {
  const auto bits = page2c.u8(128 + 32 * group + index / 2);
  if (!bits) return std::nullopt;
  const unsigned nibble = index % 2 == 0 ? *bits & 0x0FU : *bits >> 4U;
  constexpr std::array kLevels = {FlagLevel::kHighAlarm, FlagLevel::kLowAlarm,
                                  FlagLevel::kHighWarning, FlagLevel::kLowWarning};
  std::vector<FlagLevel> flags;
  for (unsigned i = 0; i < kLevels.size(); ++i) {
    if ((nibble >> i & 1) != 0) flags.push_back(kLevels[i]);
  }
  return flags;
}

void decode_group(const MemoryImage& image, unsigned bank, unsigned group,
                  std::vector<VdmObservable>& observables) {
  const auto page = [&](unsigned number) {
    return image.upper(static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(bank));
  };
  const Registers descriptors = page(0x20 + group), values = page(0x24 + group),
                  thresholds = page(0x28 + group), flags = page(0x2C);
  for (unsigned i = 0; i < kPerGroup; ++i) {
    const auto where = descriptors.u8(128 + 2 * i), id = descriptors.u8(129 + 2 * i);
    if (!where || !id || *id == 0) continue;
    const unsigned set = *where >> 4U;
    VdmObservable observable{.instance = kPerGroup * group + i + 1,
                             .bank = bank,
                             .id = *id,
                             .location = static_cast<std::uint8_t>(*where & 0x0F),
                             .threshold_set = 16 * group + set + 1,
                             .raw = values.u16(128 + 2 * i),
                             .name = *id >= 100 && *id <= 127 ? "custom" : "unknown",
                             .flags = flags_of(flags, group, i)};
    if (const Kind* kind = kind_of(*id)) {
      observable.name = kind->name;
      observable.unit = kind->unit;
      observable.type = kind->type;
      if (observable.raw) observable.value = value_of(*kind, *observable.raw);
      add_limits(thresholds, set, *kind, observable);
    }
    observables.push_back(std::move(observable));
  }
}

std::optional<VdmControl> control_of(const Registers& page2f) {
  const auto groups = page2f.u8(128), request = page2f.u8(144), done = page2f.u8(145);
  const auto interval = page2f.u16(129);
  if (!groups || !interval || !request || !done) return std::nullopt;
  return VdmControl{.groups = (*groups & 3U) + 1,
                    .fine_interval_s = *interval * 1e-4,
                    .freeze_requested = (*request & 0x80) != 0,
                    .freeze_done = (*done & 0x80) != 0,
                    .unfreeze_done = (*done & 0x40) != 0};
}

}  // namespace

double f16(std::uint16_t raw) {
  // Written out: pow() of a negative exponent is off by one unit in the last place here and there.
  constexpr std::array kPowers = {1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17,
                                  1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,
                                  1e-8,  1e-7,  1e-6,  1e-5,  1e-4,  1e-3,  1e-2,  1e-1,
                                  1e0,   1e1,   1e2,   1e3,   1e4,   1e5,   1e6,   1e7};
  return (raw & 0x7FF) * kPowers[raw >> 11U];
}

unsigned vdm_groups(const MemoryImage& image, unsigned bank) {
  const auto code = image.upper(0x2F, static_cast<std::uint8_t>(bank)).u8(128);
  return code ? (*code & 3U) + 1 : kVdmGroups;
}

void decode_vdm(const MemoryImage& image, const CmisCapabilities& has, CmisDetails& details) {
  details.vdm_control = control_of(image.upper(0x2F));
  for (unsigned bank = 0; bank < has.banks; ++bank) {
    const unsigned groups = vdm_groups(image, bank);
    for (unsigned group = 0; group < groups; ++group) {
      decode_group(image, bank, group, details.vdm);
    }
  }
}

}  // namespace caspilink::module_memory
