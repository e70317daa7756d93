#include "agent/sources/module_memory/observations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "proto/codec/quantity.h"

namespace caspilink::module_memory {
namespace {

using codec::Observation;
using codec::Quantity;
using codec::Reading;
using codec::Statistic;

std::optional<Reading> reading_of(Absent absent) {
  switch (absent) {
    case Absent::kNoLight:
      return Reading::kNoLight;
    case Absent::kBelowRange:
      return Reading::kBelowRange;
    case Absent::kNotSupported:
      return Reading::kNotSupported;
    case Absent::kNotReadable:
    case Absent::kNotReady:
      return std::nullopt;
  }
  return std::nullopt;
}

// VDM observables (ids of the table in cmis_vdm.cc) that have a row in the quantity table.
struct VdmRow {
  std::uint8_t id;
  Quantity quantity;
  Statistic statistic;
};

constexpr auto kChannelRows = std::to_array<VdmRow>({
    {9, Quantity::kPreFecBer, Statistic::kMinimum},
    {11, Quantity::kPreFecBer, Statistic::kMaximum},
    {13, Quantity::kPreFecBer, Statistic::kAverage},
    {15, Quantity::kPreFecBer, Statistic::kInstant},
    {136, Quantity::kPolarizationModeDispersion, Statistic::kInstant},
    {138, Quantity::kPolarizationDependentLoss, Statistic::kInstant},
    {139, Quantity::kOsnr, Statistic::kInstant},
    {140, Quantity::kEsnr, Statistic::kInstant},
    {141, Quantity::kCarrierFrequencyOffset, Statistic::kInstant},
    {146, Quantity::kSopRate, Statistic::kInstant},
    {147, Quantity::kModulationErrorRatio, Statistic::kInstant},
    {151, Quantity::kQValue, Statistic::kInstant},
});

constexpr auto kLaneRows = std::to_array<VdmRow>({
    {5, Quantity::kModuleEsnr, Statistic::kInstant},
    {9, Quantity::kModulePreFecBer, Statistic::kMinimum},
    {11, Quantity::kModulePreFecBer, Statistic::kMaximum},
    {13, Quantity::kModulePreFecBer, Statistic::kAverage},
    {15, Quantity::kModulePreFecBer, Statistic::kInstant},
});

constexpr std::uint8_t kVdmTxPower = 143, kVdmRxTotalPower = 144, kVdmRxSignalPower = 145;
constexpr std::uint8_t kVdmLaserTemperature = 4;

struct LinkRow {
  std::string_view name;  // of page 35h
  Quantity quantity;
  std::uint8_t vdm_id;  // the same observable in VDM
};

constexpr auto kLinkRows = std::to_array<LinkRow>({
    {"cd_ps_nm", Quantity::kChromaticDispersion, 134},
    {"dgd_ps", Quantity::kPolarizationModeDispersion, 136},
    {"sopmd_ps2", Quantity::kSecondOrderPmd, 137},
    {"pdl_db", Quantity::kPolarizationDependentLoss, 138},
    {"osnr_db", Quantity::kOsnr, 139},
    {"esnr_db", Quantity::kEsnr, 140},
    {"cfo_mhz", Quantity::kCarrierFrequencyOffset, 141},
    {"tx_power_dbm", Quantity::kChannelOutputPower, kVdmTxPower},
    {"rx_signal_power_dbm", Quantity::kChannelInputPower, kVdmRxSignalPower},
    {"rx_total_power_dbm", Quantity::kModuleInputPower, kVdmRxTotalPower},
    {"sop_roc_krad_s", Quantity::kSopRate, 146},
    {"mer_db", Quantity::kModulationErrorRatio, 147},
    {"q_factor_db", Quantity::kQValue, 151},
});

// The same observable in steps of two sizes: the fine one unless it has run out of its range.
struct Granularity {
  std::uint8_t fine_id, coarse_id;
  double fine_minimum, fine_maximum;
  Quantity quantity;
};

constexpr auto kGranularities = std::to_array<Granularity>({
    {134, 135, -32768, 32767, Quantity::kChromaticDispersion},
    {137, 149, -1, 655.35, Quantity::kSecondOrderPmd},
});

bool is_ber(Quantity quantity) {
  return quantity == Quantity::kPreFecBer || quantity == Quantity::kModulePreFecBer;
}

bool is_power(Quantity quantity) { return codec::info(quantity).unit == "dBm"; }

class Mapper {
 public:
  Mapper(const ModuleReadings& readings, const ModulePlace& place, std::int64_t time_unix_ns,
         const MappingOptions& options)
      : readings_(readings),
        place_(place),
        time_(time_unix_ns),
        options_(options),
        cmis_(std::get_if<CmisDetails>(&readings.details)) {}

  std::vector<Observation> map() {
    add(Quantity::kModuleTemperature, readings_.temperature_c);
    add(Quantity::kModuleSupplyVoltage, readings_.supply_v);
    add_laser_temperatures();
    add_flags();
    add_thresholds();
    if (const Lane* lane = channel_lane()) {
      add_channel(*lane);
    } else {
      for (const Lane& each : readings_.lanes) {
        if (each.has_media_signal) add_lane(each);
      }
      add_module_wide();
    }
    return std::move(found_);
  }

 private:
  // The lane that carries the place's channel, if there is one and no doubt which.
  const Lane* channel_lane() const {
    if (place_.channel == 0) return nullptr;
    const Lane* only = nullptr;
    for (const Lane& lane : readings_.lanes) {
      if (!lane.has_media_signal) continue;
      if (only != nullptr) return nullptr;
      only = &lane;
    }
    return only;
  }

  void push(Quantity quantity, Statistic statistic, Reading reading, double value,
            unsigned lane = 0) {
    push(quantity, statistic, reading, value, lane == 0 ? "" : fmt::format("lane-{}", lane));
  }

  void push(Quantity quantity, Statistic statistic, Reading reading, double value,
            std::string element) {
    Observation observation{.point = {.quantity = quantity,
                                      .statistic = statistic,
                                      .source = place_.source,
                                      .component = place_.component},
                            .time_unix_ns = time_,
                            .reading = reading,
                            .value = reading == Reading::kValue ? value : 0};
    if (codec::info(quantity).scope == codec::Scope::kModule) {
      observation.point.element = std::move(element);
    } else {
      observation.point.fibre_pair = place_.fibre_pair;
      observation.point.channel = place_.channel;
    }
    found_.push_back(std::move(observation));
  }

  // A number in the quantity's wire unit, of one lane where the quantity is a module's.
  void add_number(Quantity quantity, Statistic statistic, double value, unsigned lane = 0) {
    const codec::QuantityInfo& row = codec::info(quantity);
    if (is_power(quantity) && value <= options_.no_light_at_or_below_dbm) {
      push(quantity, statistic, Reading::kNoLight, 0, lane);
    } else if (is_ber(quantity) && value == 0) {
      push(quantity, statistic, Reading::kBelowRange, 0, lane);
    } else if (value >= row.minimum && value <= row.maximum) {
      push(quantity, statistic, Reading::kValue, value, lane);
    }
  }

  void add(Quantity quantity, const Measured& value, unsigned lane = 0) {
    if (value) {
      add_number(quantity, Statistic::kInstant, *value, lane);
    } else if (const auto reading = reading_of(value.error())) {
      push(quantity, Statistic::kInstant, *reading, 0, lane);
    }
  }

  void add_milliwatts(Quantity quantity, const Measured& milliwatts, unsigned lane = 0) {
    add(quantity, milliwatts.map([](double mw) { return 10 * std::log10(mw); }), lane);
  }

  const VdmObservable* vdm(std::uint8_t id, unsigned lane) const {
    if (cmis_ == nullptr) return nullptr;
    const auto found = std::ranges::find_if(cmis_->vdm, [&](const VdmObservable& each) {
      return each.id == id && each.value && (each.lane() == lane || each.lane() == 0);
    });
    return found == cmis_->vdm.end() ? nullptr : &*found;
  }

  bool dark(const Measured& power_mw) const {
    if (!power_mw) return power_mw.error() == Absent::kNoLight;
    return 10 * std::log10(*power_mw) <= options_.no_light_at_or_below_dbm;
  }

  // What a receiver says of a signal that is not there means nothing.
  void add_received(Quantity quantity, Statistic statistic, double value, bool no_light,
                    unsigned lane = 0) {
    if (no_light) {
      push(quantity, statistic, Reading::kNoLight, 0, lane);
    } else {
      add_number(quantity, statistic, value, lane);
    }
  }

  void add_flag(Quantity quantity, const std::optional<bool>& raised, unsigned lane) {
    if (raised) push(quantity, Statistic::kInstant, Reading::kValue, *raised ? 1 : 0, lane);
  }

  void add_flags() {
    for (const Lane& lane : readings_.lanes) {
      if (!lane.has_media_signal) continue;
      add_flag(Quantity::kModuleReceiveLossOfSignal, lane.rx_loss_of_signal, lane.number);
      add_flag(Quantity::kModuleTransmitFailure, lane.tx_fault, lane.number);
    }
    if (const Lane* lane = channel_lane()) {
      add_flag(Quantity::kTransmitFailure, lane->tx_fault, 0);
    }
  }

  // Where a module has limits; the element tells how severe it is to pass them.
  void add_limits(const std::optional<Limits>& limits, Quantity lower, Quantity upper) {
    if (!limits || !limits->meaningful()) return;
    for (const auto& [quantity, limit, severity] : {std::tuple{upper, limits->high_alarm, "alarm"},
                                                    {lower, limits->low_alarm, "alarm"},
                                                    {upper, limits->high_warning, "warning"},
                                                    {lower, limits->low_warning, "warning"}}) {
      const codec::QuantityInfo& row = codec::info(quantity);
      const double value = is_power(quantity) ? 10 * std::log10(limit) : limit;
      // A power of nothing is no limit: there is no such number of dBm.
      if (value >= row.minimum && value <= row.maximum) {
        push(quantity, Statistic::kInstant, Reading::kValue, value, severity);
      }
    }
  }

  void add_thresholds() {
    const Thresholds& all = readings_.thresholds;
    using enum Quantity;
    add_limits(all.temperature_c, kModuleTemperatureLowerThreshold,
               kModuleTemperatureUpperThreshold);
    add_limits(all.supply_v, kModuleSupplyVoltageLowerThreshold,
               kModuleSupplyVoltageUpperThreshold);
    add_limits(all.tx_bias_ma, kModuleLaserBiasCurrentLowerThreshold,
               kModuleLaserBiasCurrentUpperThreshold);
    add_limits(all.tx_power_mw, kModuleOutputPowerLowerThreshold, kModuleOutputPowerUpperThreshold);
    add_limits(all.rx_power_mw, kModuleInputPowerLowerThreshold, kModuleInputPowerUpperThreshold);
  }

  void add_laser_temperatures() {
    if (cmis_ == nullptr) return;
    bool from_vdm = false;
    for (const VdmObservable& each : cmis_->vdm) {
      if (each.id != kVdmLaserTemperature || !each.value) continue;
      add_number(Quantity::kModuleLaserTemperature, Statistic::kInstant, *each.value, each.lane());
      from_vdm = true;
    }
    if (from_vdm) return;
    const auto monitor = std::ranges::find(cmis_->auxiliary, AuxiliaryKind::kLaserTemperatureC,
                                           &AuxiliaryMonitor::kind);
    if (monitor != cmis_->auxiliary.end()) {
      add(Quantity::kModuleLaserTemperature, monitor->value);
    }
  }

  void add_lane(const Lane& lane) {
    add_milliwatts(Quantity::kModuleOutputPower, lane.tx_power_mw, lane.number);
    add(Quantity::kModuleLaserBiasCurrent, lane.tx_bias_ma, lane.number);
    add_milliwatts(Quantity::kModuleInputPower, lane.rx_power_mw, lane.number);
    if (cmis_ == nullptr) return;
    const bool no_light = dark(lane.rx_power_mw);
    bool has_snr = false;
    for (const VdmObservable& each : cmis_->vdm) {
      if (each.lane() != lane.number || !each.value) continue;
      if (const auto* row = row_of(kLaneRows, each.id)) {
        has_snr |= row->quantity == Quantity::kModuleEsnr;
        add_received(row->quantity, row->statistic, *each.value, no_light, lane.number);
      }
    }
    if (!has_snr && cmis_->lane_snr && lane.number <= cmis_->lane_snr->media_db.size()) {
      if (const auto snr = cmis_->lane_snr->media_db[lane.number - 1]) {
        add_received(Quantity::kModuleEsnr, Statistic::kInstant, *snr, no_light, lane.number);
      }
    }
  }

  // Error ratios that the module gives for all its lanes together.
  void add_module_wide() {
    if (cmis_ == nullptr) return;
    const bool no_light =
        !readings_.lanes.empty() && std::ranges::all_of(readings_.lanes, [&](const Lane& lane) {
          return !lane.has_media_signal || dark(lane.rx_power_mw);
        });
    for (const VdmObservable& each : cmis_->vdm) {
      if (each.lane() != 0 || !each.value) continue;
      if (const auto* row = row_of(kLaneRows, each.id)) {
        add_received(row->quantity, row->statistic, *each.value, no_light);
      }
    }
  }

  void add_channel(const Lane& lane) {
    if (const auto* power = vdm(kVdmTxPower, lane.number)) {
      add_number(Quantity::kChannelOutputPower, Statistic::kInstant, *power->value);
    } else {
      add_milliwatts(Quantity::kChannelOutputPower, lane.tx_power_mw);
    }
    add(Quantity::kLaserBiasCurrent, lane.tx_bias_ma);

    bool no_light = dark(lane.rx_power_mw);
    if (const auto* signal = vdm(kVdmRxSignalPower, lane.number)) {
      no_light = *signal->value <= options_.no_light_at_or_below_dbm;
      add_number(Quantity::kChannelInputPower, Statistic::kInstant, *signal->value);
      if (const auto* total = vdm(kVdmRxTotalPower, lane.number)) {
        add_number(Quantity::kModuleInputPower, Statistic::kInstant, *total->value, lane.number);
      }
    } else {
      add_milliwatts(Quantity::kChannelInputPower, lane.rx_power_mw);
    }
    if (cmis_ == nullptr) return;

    bool has_ber = false;
    for (const VdmRow& row : kChannelRows) {
      const auto* observable = vdm(row.id, lane.number);
      if (observable == nullptr) continue;
      has_ber |= row.quantity == Quantity::kPreFecBer;
      add_received(row.quantity, row.statistic, *observable->value, no_light);
    }
    for (const Granularity& each : kGranularities) {
      const auto* fine = vdm(each.fine_id, lane.number);
      const auto* coarse = vdm(each.coarse_id, lane.number);
      const bool saturated = fine != nullptr && (*fine->value <= each.fine_minimum ||
                                                 *fine->value >= each.fine_maximum - 1e-9);
      if (const auto* best = fine == nullptr || (saturated && coarse != nullptr) ? coarse : fine) {
        add_received(each.quantity, Statistic::kInstant, *best->value, no_light);
      }
    }
    add_performance((lane.number - 1) / 8, lane.number, no_light, has_ber);
  }

  void add_performance(unsigned bank, unsigned lane, bool no_light, bool has_vdm_ber) {
    const auto page = std::ranges::find(cmis_->performance, bank, &CoherentPerformance::bank);
    if (page == cmis_->performance.end()) return;
    for (const LinkObservable& each : page->link) {
      const auto row = std::ranges::find(kLinkRows, each.name, &LinkRow::name);
      if (row == kLinkRows.end()) continue;
      const auto& [average, minimum, maximum] = each.value;
      // Rows that a module does not fill are zero; one it has in VDM too is filled.
      const bool empty = average == 0 && minimum == 0 && maximum == 0;
      if (empty && vdm(row->vdm_id, lane) == nullptr) continue;
      const bool transmit = codec::info(row->quantity).side == codec::Side::kTransmit;
      const bool hide = no_light && !transmit;
      add_received(row->quantity, Statistic::kAverage, average, hide, lane);
      add_received(row->quantity, Statistic::kMinimum, minimum, hide, lane);
      add_received(row->quantity, Statistic::kMaximum, maximum, hide, lane);
    }
    if (page->fec && page->fec->frames > 0) {
      add_received(Quantity::kFecUncorrectableBlocks, Statistic::kInstant,
                   page->fec->uncorrectable_frames, no_light);
    }
    if (has_vdm_ber || !page->fec) return;
    const auto ber = [&](Statistic statistic, const std::optional<double>& value) {
      if (value) add_received(Quantity::kPreFecBer, statistic, *value, no_light);
    };
    ber(Statistic::kAverage, page->fec->pre_fec_ber_average);
    ber(Statistic::kMinimum, page->fec->pre_fec_ber_minimum);
    ber(Statistic::kMaximum, page->fec->pre_fec_ber_maximum);
  }

  template <std::size_t N>
  static const VdmRow* row_of(const std::array<VdmRow, N>& rows, std::uint8_t id) {
    const auto found = std::ranges::find(rows, id, &VdmRow::id);
    return found == rows.end() ? nullptr : &*found;
  }

  const ModuleReadings& readings_;
  const ModulePlace& place_;
  std::int64_t time_;
  const MappingOptions& options_;
  const CmisDetails* cmis_;
  std::vector<Observation> found_;
};

}  // namespace

std::vector<Observation> to_observations(const ModuleReadings& readings, const ModulePlace& place,
                                         std::int64_t time_unix_ns, const MappingOptions& options) {
  return Mapper(readings, place, time_unix_ns, options).map();
}

}  // namespace caspilink::module_memory
