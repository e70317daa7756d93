#include "agent/sources/module_memory/cmis_lanes.h"

#include <array>

#include "agent/sources/module_memory/conversions.h"

namespace caspilink::module_memory {
namespace {

constexpr unsigned kLanesPerBank = 8;
constexpr unsigned kSnrSelector = 0x06;

// Frequency = 193.1 THz + (channel + shift) x step. Indexed by the grid code of page 12h.
struct Grid {
  double grid_ghz;
  double step_thz;
  int shift;
  unsigned advertised_byte;  // in page 04h, with the bit that says the module has the grid
  unsigned advertised_bit;
  unsigned range_byte;  // of its channel range in page 04h; 0: the page has none
};

constexpr std::array<Grid, 10> kGrids = {{
    {3.125, 0.003125, 0, 128, 0, 130},
    {6.25, 0.00625, 0, 128, 1, 134},
    {12.5, 0.0125, 0, 128, 2, 138},
    {25, 0.025, 0, 128, 3, 142},
    {50, 0.05, 0, 128, 4, 146},
    {100, 0.1, 0, 128, 5, 150},
    {33, 0.1 / 3, 0, 128, 6, 154},
    {75, 0.025, 0, 128, 7, 158},
    {150, 0.025, 3, 129, 6, 0},
    {300, 0.0125, -9, 129, 5, 0},
}};

void add_lane_flags(const Registers& page11, unsigned lane_bit, unsigned lane,
                    std::vector<Flag>& flags) {
  struct Row {
    unsigned byte;
    FlagSubject subject;
    FlagLevel level;
  };
  using enum FlagSubject;
  constexpr FlagLevel kHa = FlagLevel::kHighAlarm, kLa = FlagLevel::kLowAlarm,
                      kHw = FlagLevel::kHighWarning, kLw = FlagLevel::kLowWarning;
  // 134 and 153 say that a state changed and not what is wrong: of no use to an alarm.
  constexpr auto kRows = std::to_array<Row>({
      {135, kTxFault, FlagLevel::kEvent},
      {136, kTxLossOfSignal, FlagLevel::kEvent},
      {137, kTxLossOfLock, FlagLevel::kEvent},
      {138, kTxEqualizerFault, FlagLevel::kEvent},
      {139, kTxPower, kHa},
      {140, kTxPower, kLa},
      {141, kTxPower, kHw},
      {142, kTxPower, kLw},
      {143, kTxBias, kHa},
      {144, kTxBias, kLa},
      {145, kTxBias, kHw},
      {146, kTxBias, kLw},
      {147, kRxLossOfSignal, FlagLevel::kEvent},
      {148, kRxLossOfLock, FlagLevel::kEvent},
      {149, kRxPower, kHa},
      {150, kRxPower, kLa},
      {151, kRxPower, kHw},
      {152, kRxPower, kLw},
  });
  for (const Row& row : kRows) {
    if (page11.bit(row.byte, lane_bit).value_or(false)) {
      flags.push_back({row.subject, row.level, lane});
    }
  }
}

}  // namespace

void decode_lanes(const MemoryImage& image, const CmisCapabilities& has, const CmisDetails& details,
                  ModuleReadings& readings) {
  const Measured not_supported = tl::unexpected(Absent::kNotSupported);
  if (!details.unsupported_media_lanes) {
    // Lanes without a receiver read zero, which would be taken for no light.
    readings.warnings.emplace_back("which lanes have a signal is not readable: no lane is read");
    return;
  }
  const unsigned without_signal = *details.unsupported_media_lanes;
  for (unsigned bank = 0; bank < has.banks; ++bank) {
    const Registers page11 = image.upper(0x11, static_cast<std::uint8_t>(bank));
    if (!page11.any()) {
      readings.warnings.push_back("lane monitors are not readable: " +
                                  PageAddress::upper(0x11, static_cast<std::uint8_t>(bank)).name());
      continue;
    }
    for (unsigned i = 0; i < kLanesPerBank; ++i) {
      Lane lane{.number = bank * kLanesPerBank + i + 1,
                .has_media_signal = (without_signal >> i & 1) == 0};
      const bool measures = lane.has_media_signal;
      lane.tx_power_mw =
          measures && has.tx_power ? scaled_power(page11.u16(154 + 2 * i)) : not_supported;
      lane.tx_bias_ma = measures && has.tx_bias
                            ? scaled(page11.u16(170 + 2 * i), kBiasStep * has.bias_multiplier)
                            : not_supported;
      lane.rx_power_mw =
          measures && has.rx_power ? scaled_power(page11.u16(186 + 2 * i)) : not_supported;
      if (const auto states = page11.u8(128 + i / 2)) {
        const unsigned state = i % 2 == 0 ? *states & 0x0FU : *states >> 4U;
        if (state >= 1 && state <= 7) lane.data_path = static_cast<DataPathState>(state);
      }
      // Lanes that carry no signal raise every alarm there is.
      if (measures) {
        add_lane_flags(page11, i, lane.number, readings.flags);
        lane.tx_fault = page11.bit(135, i);
        lane.rx_loss_of_signal = page11.bit(147, i);
      }
      readings.lanes.push_back(lane);
    }
  }
}

std::optional<double> channel_thz(unsigned grid_code, int channel) {
  if (grid_code >= kGrids.size()) return std::nullopt;
  const Grid& grid = kGrids[grid_code];
  return 193.1 + (channel + grid.shift) * grid.step_thz;
}

void decode_tuning(const MemoryImage& image, CmisDetails& details, ModuleReadings& readings) {
  const Registers page04 = image.upper(0x04);
  check_sum(readings, "page04", page04, 128, 254);
  const auto minimum = page04.s16(198), maximum = page04.s16(200);
  const auto fine = page04.bit(129, 7), programmable = page04.bit(196, 7);
  if (minimum && maximum && fine && programmable) {
    TuningRange range{.fine_tuning = *fine,
                      .programmable_power = *programmable,
                      .minimum_power_dbm = *minimum * 0.01,
                      .maximum_power_dbm = *maximum * 0.01};
    for (unsigned code = 0; code < kGrids.size(); ++code) {
      const Grid& grid = kGrids[code];
      if (grid.range_byte == 0 ||
          !page04.bit(grid.advertised_byte, grid.advertised_bit).value_or(false)) {
        continue;
      }
      const auto low = page04.s16(grid.range_byte), high = page04.s16(grid.range_byte + 2);
      if (!low || !high) continue;
      range.grids.push_back({grid.grid_ghz, *low, *high, channel_thz(code, *low).value_or(0),
                             channel_thz(code, *high).value_or(0)});
    }
    details.tuning_range = std::move(range);
  }

  const Registers page12 = image.upper(0x12);
  const unsigned without_signal = details.unsupported_media_lanes.value_or(0xFF);
  for (unsigned i = 0; i < kLanesPerBank; ++i) {
    const auto grid = page12.u8(128 + i);
    const auto channel = page12.s16(136 + 2 * i), offset = page12.s16(152 + 2 * i);
    const auto frequency = page12.u32(168 + 4 * i);
    const auto target = page12.s16(200 + 2 * i);
    const auto status = page12.u8(222 + i), latched = page12.u8(231 + i);
    if ((without_signal >> i & 1) != 0 || !grid || !channel || !offset || !frequency || !target ||
        !status || !latched) {
      continue;
    }
    const unsigned code = *grid >> 4U;
    details.tuning.push_back(
        {.lane = i + 1,
         .grid_ghz = code < kGrids.size() ? std::optional(kGrids[code].grid_ghz) : std::nullopt,
         .channel = *channel,
         .configured_thz = channel_thz(code, *channel),
         .current_thz = *frequency * 1e-6,
         .fine_offset_ghz = *offset * 1e-3,
         .target_power_dbm = *target * 0.01,
         .in_progress = (*status & 2) != 0,
         .unlocked = (*status & 1) != 0,
         .latched_flags = *latched});
  }
}

std::optional<LaneSnr> lane_snr(const MemoryImage& image) {
  const Registers page14 = image.upper(0x14);
  if (page14.u8(128) != kSnrSelector) return std::nullopt;
  LaneSnr snr;
  for (unsigned i = 0; i < kLanesPerBank; ++i) {
    if (const auto raw = page14.u16_little_endian(208 + 2 * i)) snr.host_db[i] = *raw / 256.0;
    if (const auto raw = page14.u16_little_endian(240 + 2 * i)) snr.media_db[i] = *raw / 256.0;
  }
  return snr;
}

}  // namespace caspilink::module_memory
