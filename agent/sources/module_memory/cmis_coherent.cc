#include "agent/sources/module_memory/cmis_coherent.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace caspilink::module_memory {
namespace {

// Above this a FEC of these modules has long lost frame: such a ratio comes of a counter that was
// cut short, which is seen in real modules.
constexpr double kHighestBelievableBer = 0.1;

enum class Width : std::uint8_t { kU16, kS16, kS32 };

struct LinkRow {
  unsigned number;  // of the average; the minimum and maximum follow
  std::string_view name;
  Width width;
  double step;
};

constexpr auto kLinkRows = std::to_array<LinkRow>({
    {128, "cd_ps_nm", Width::kS32, 1},
    {140, "dgd_ps", Width::kU16, 0.01},
    {146, "sopmd_ps2", Width::kU16, 0.01},
    {152, "pdl_db", Width::kU16, 0.1},
    {158, "osnr_db", Width::kU16, 0.1},
    {164, "esnr_db", Width::kU16, 0.1},
    {170, "cfo_mhz", Width::kS16, 1},
    {176, "evm_percent", Width::kU16, 100.0 / 65535},
    {182, "tx_power_dbm", Width::kS16, 0.01},
    {188, "rx_total_power_dbm", Width::kS16, 0.01},
    {194, "rx_signal_power_dbm", Width::kS16, 0.01},
    {200, "sop_roc_krad_s", Width::kU16, 1},
    {206, "mer_db", Width::kU16, 0.1},
    {212, "clock_recovery_loop_percent", Width::kS16, 100.0 / 32767},
    {224, "snr_margin_db", Width::kS16, 0.1},
    {230, "q_factor_db", Width::kU16, 0.1},
    {236, "q_margin_db", Width::kS16, 0.1},
});

std::optional<double> number(const Registers& page, unsigned at, Width width) {
  switch (width) {
    case Width::kU16: {
      const auto raw = page.u16(at);
      return raw ? std::optional<double>(*raw) : std::nullopt;
    }
    case Width::kS16: {
      const auto raw = page.s16(at);
      return raw ? std::optional<double>(*raw) : std::nullopt;
    }
    case Width::kS32: {
      const auto raw = page.s32(at);
      return raw ? std::optional<double>(*raw) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<double> believable_ratio(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  const double ratio = static_cast<double>(part) / static_cast<double>(whole);
  return ratio <= kHighestBelievableBer ? std::optional(ratio) : std::nullopt;
}

std::optional<FecPerformance> fec_of(const Registers& page) {
  const auto bits = page.u64(128), sub_bits = page.u64(136), corrected = page.u64(144),
             least = page.u64(152), most = page.u64(160);
  const auto frames = page.u32(168), sub_frames = page.u32(172), bad = page.u32(176),
             least_bad = page.u32(180), most_bad = page.u32(184);
  if (!bits || !sub_bits || !corrected || !least || !most || !frames || !sub_frames || !bad ||
      !least_bad || !most_bad) {
    return std::nullopt;
  }
  FecPerformance fec{.bits = *bits,
                     .bits_subinterval = *sub_bits,
                     .corrected_bits = *corrected,
                     .corrected_bits_minimum = *least,
                     .corrected_bits_maximum = *most,
                     .frames = *frames,
                     .frames_subinterval = *sub_frames,
                     .uncorrectable_frames = *bad,
                     .uncorrectable_frames_minimum = *least_bad,
                     .uncorrectable_frames_maximum = *most_bad};
  fec.pre_fec_ber_average = believable_ratio(*corrected, *bits);
  fec.pre_fec_ber_minimum = believable_ratio(*least, *sub_bits);
  fec.pre_fec_ber_maximum = believable_ratio(*most, *sub_bits);
  if (!fec.pre_fec_ber_minimum || !fec.pre_fec_ber_maximum) {
    // One of them is as wrong as the other: they share the denominator.
    fec.pre_fec_ber_minimum = fec.pre_fec_ber_maximum = std::nullopt;
  }
  if (*frames != 0 && *bad <= *frames) {
    fec.uncorrectable_frame_ratio = static_cast<double>(*bad) / *frames;
  }
  return fec;
}

std::vector<LinkObservable> link_of(const Registers& page) {
  std::vector<LinkObservable> link;
  for (const LinkRow& row : kLinkRows) {
    const unsigned bytes = row.width == Width::kS32 ? 4 : 2;
    const auto average = number(page, row.number, row.width);
    const auto minimum = number(page, row.number + bytes, row.width);
    const auto maximum = number(page, row.number + 2 * bytes, row.width);
    if (!average || !minimum || !maximum) continue;
    link.push_back({row.name, {*average * row.step, *minimum * row.step, *maximum * row.step}});
  }
  return link;
}

}  // namespace

void decode_coherent(const MemoryImage& image, const CmisCapabilities& has, CmisDetails& details) {
  for (unsigned bank = 0; bank < has.banks; ++bank) {
    CoherentPerformance performance{
        .bank = bank,
        .fec = fec_of(image.upper(0x34, static_cast<std::uint8_t>(bank))),
        .link = link_of(image.upper(0x35, static_cast<std::uint8_t>(bank)))};
    if (performance.fec || !performance.link.empty()) {
      details.performance.push_back(std::move(performance));
    }
  }
}

}  // namespace caspilink::module_memory
