#include "collector/twin/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace caspilink::twin {
namespace {

using codec::Quantity;
using codec::Reading;
using plant::PumpWay;

constexpr std::string_view kBooster = "booster";
constexpr std::string_view kPreamplifier = "preamplifier";
constexpr double kSameSetting = 0.005;
// A pump without light: far below what moves anything, and above 0, which no pump in a plan is.
constexpr double kDarkPump_dbm = -60;

struct Pumps {
  PumpWay way{};
  std::string_view side;  // of names
  const std::optional<plant::RamanPumps>& raman;
  const std::optional<plant::RopaFeed>& feed;
};

std::array<Pumps, 2> pumps_of(const plant::Plant& plant, plant::Direction direction) {
  const plant::Terminal& from = plant::sender(plant, direction).terminal;
  const plant::Terminal& to = plant::receiver(plant, direction).terminal;
  return {{{PumpWay::kWithSignal, "transmit-", from.raman_transmit_pumps, from.ropa_feed},
           {PumpWay::kAgainstSignal, "receive-", to.raman_receive_pumps, to.ropa_feed}}};
}

// Whether a ROPA of this direction takes its pump from that side.
bool feeds_ropa(const plant::Plant& plant, plant::Direction direction, PumpWay way) {
  for (const plant::Segment& segment : plant.segments) {
    for (const plant::RouteElement& element : segment.elements) {
      const auto* placed = std::get_if<plant::PlacedRopa>(&element);
      if (placed == nullptr || placed->direction != direction || !placed->ropa.pumping) continue;
      if (placed->ropa.pumping->way == way) return true;
    }
  }
  return false;
}

// All pumps that work on a direction, by name, with the power the plan has them send.
std::map<std::string, std::pair<plant::PumpSetting, Dbm>> planned_pumps(
    const plant::Plant& plant, plant::Direction direction) {
  std::map<std::string, std::pair<plant::PumpSetting, Dbm>> all;
  for (const Pumps& side : pumps_of(plant, direction)) {
    const std::size_t raman = side.raman ? side.raman->pumps.size() : 0;
    for (std::size_t i = 0; i < raman; ++i) {
      const Milliwatts power = side.raman->pumps[i].power;
      all.insert_or_assign(fmt::format("{}{}", side.side, i + 1),
                           std::pair(plant::PumpSetting{side.way, i, power}, to_dbm(power)));
    }
    if (!side.feed || !feeds_ropa(plant, direction, side.way)) continue;
    const bool in_line = side.feed->delivery == plant::RopaFeed::Delivery::kLineFibre;
    const Milliwatts power = side.feed->pump.power;
    const plant::PumpSetting setting{
        .way = side.way, .index = in_line ? std::optional(raman) : std::nullopt, .power = power};
    all.insert_or_assign(fmt::format("{}ropa", side.side), std::pair(setting, to_dbm(power)));
  }
  return all;
}

// True where it changed.
template <typename Value>
bool set(std::optional<Value>& setting, std::optional<Value> to) {
  if (setting && to && std::abs(setting->value() - to->value()) < kSameSetting) return false;
  if (setting == to) return false;
  setting = to;
  return true;
}

// Nothing: as designed again.
std::optional<double> told(const fleet::Latest& latest) {
  return latest.reading == Reading::kValue ? std::optional(latest.value) : std::nullopt;
}

template <typename Unit>
std::optional<Unit> in_unit(std::optional<double> value) {
  return value ? std::optional(Unit(*value)) : std::nullopt;
}

}  // namespace

bool is_setting(Quantity quantity) {
  switch (quantity) {
    case Quantity::kAmplifierTargetGain:
    case Quantity::kAmplifierTargetGainTilt:
    case Quantity::kAmplifierTargetOutputPower:
    case Quantity::kAmplifierMode:
    case Quantity::kAmplifierEnabled:
    case Quantity::kRepeaterTargetGain:
    case Quantity::kRepeaterTargetGainTilt:
    case Quantity::kRepeaterTargetOutputPower:
    case Quantity::kRepeaterMode:
    case Quantity::kPumpPower:
      return true;
    default:
      return false;
  }
}

std::optional<Dbm> planned_pump(const plant::Plant& plant, plant::Direction direction,
                                std::string_view element) {
  const auto all = planned_pumps(plant, direction);
  const auto found = all.find(std::string(element));
  return found == all.end() ? std::nullopt : std::optional(found->second.second);
}

DirectionSettings::DirectionSettings(const plant::Plant& plant, const plant::FibrePair& pair,
                                     plant::Direction direction)
    : booster_(plant::sender(plant, direction).terminal.booster) {
  const auto line = plant::line_of(plant, pair.id, direction);
  if (line) {
    for (const plant::Element& element : line->elements) {
      const std::string& name = plant::name_of(element);
      if (std::holds_alternative<plant::TerminalAmplifier>(element)) {
        name_in_line_[std::string(kPreamplifier)] = name;
      } else if (std::holds_alternative<plant::Repeater>(element) ||
                 std::holds_alternative<plant::InLineAmplifier>(element) ||
                 std::holds_alternative<plant::Ropa>(element)) {
        name_in_line_[name] = name;
      }
    }
  }
  Milliwatts total;
  for (const plant::Channel& channel : plant.channels) total += to_milliwatts(channel.launch_power);
  planned_total_dbm_ = to_dbm(total).value();
  for (const auto& [name, pump] : planned_pumps(plant, direction)) {
    pumps_.emplace(name, Pump{.setting = pump.first, .power = Followed(pump.second.value())});
  }
}

bool DirectionSettings::take(const fleet::Place& place, const fleet::Latest& latest,
                             const FollowSettings& settings) {
  if (place.quantity == Quantity::kPumpPower) {
    const auto found = pumps_.find(place.element);
    if (found == pumps_.end()) return false;
    const bool dark = latest.reading == Reading::kNoLight;
    if (!dark && latest.reading != Reading::kValue) return false;
    const double power = dark ? kDarkPump_dbm : std::max(latest.value, kDarkPump_dbm);
    const bool moved = found->second.power.take(power, latest.time_unix_ns, settings);
    found->second.moved = found->second.moved || moved;
    return moved;
  }
  const auto name =
      place.element == kBooster ? name_in_line_.end() : name_in_line_.find(place.element);
  if (place.element != kBooster && name == name_in_line_.end()) return false;
  Amplifier& amplifier = amplifiers_[place.element];
  plant::AmplifierSettings& set_to = amplifier.settings;
  set_to.name = place.element == kBooster ? place.element : name->second;
  const auto value = told(latest);
  switch (place.quantity) {
    case Quantity::kAmplifierTargetGain:
    case Quantity::kRepeaterTargetGain:
      return set(set_to.gain, in_unit<Db>(value));
    case Quantity::kAmplifierTargetGainTilt:
    case Quantity::kRepeaterTargetGainTilt:
      return set(set_to.tilt, in_unit<Db>(value));
    case Quantity::kAmplifierTargetOutputPower:
    case Quantity::kRepeaterTargetOutputPower:
      return set(set_to.output_power, in_unit<Dbm>(value));
    case Quantity::kAmplifierMode:
    case Quantity::kRepeaterMode: {
      const auto before = set_to.mode;
      set_to.mode.reset();
      if (value) set_to.mode = static_cast<plant::AmplifierMode>(std::lround(*value));
      return set_to.mode != before;
    }
    case Quantity::kAmplifierEnabled:
      return std::exchange(amplifier.enabled, value.value_or(1) != 0) != amplifier.enabled;
    default:
      return false;
  }
}

std::vector<plant::AmplifierSettings> DirectionSettings::amplifiers() const {
  std::vector<plant::AmplifierSettings> all;
  for (const auto& [element, amplifier] : amplifiers_) {
    // Launch powers say what the booster does.
    if (element == kBooster) continue;
    const plant::AmplifierSettings as_designed{.name = amplifier.settings.name};
    if (amplifier.settings != as_designed) all.push_back(amplifier.settings);
  }
  return all;
}

std::vector<plant::PumpSetting> DirectionSettings::pumps() const {
  std::vector<plant::PumpSetting> all;
  for (const auto& [element, pump] : pumps_) {
    if (!pump.moved) continue;
    all.push_back(pump.setting);
    all.back().power = to_milliwatts(Dbm(pump.power.in_use()));
  }
  return all;
}

DirectionSettings::Sent DirectionSettings::sent() const { return sent(nullptr); }

std::vector<std::string> DirectionSettings::remarks() const {
  std::vector<std::string> said;
  (void)sent(&said);
  return said;
}

DirectionSettings::Sent DirectionSettings::sent(std::vector<std::string>* remarks) const {
  const auto found = amplifiers_.find(std::string(kBooster));
  if (found == amplifiers_.end()) return {};
  const plant::AmplifierSettings& settings = found->second.settings;
  const auto remark = [&](std::string text) {
    if (remarks != nullptr) remarks->push_back("booster: " + std::move(text));
  };
  Sent sent{.tilt_db = settings.tilt ? settings.tilt->value() : 0};
  using plant::AmplifierMode;
  const bool by_gain = settings.mode == AmplifierMode::kConstantGain ||
                       (settings.mode != AmplifierMode::kConstantPower && !settings.output_power);
  if (!by_gain) {
    if (!settings.output_power) return sent;
    double power = settings.output_power->value();
    if (booster_ && booster_->maximum_output_power &&
        power > booster_->maximum_output_power->value()) {
      remark(fmt::format("target output power {} is out of range, so {}", power,
                         booster_->maximum_output_power->value()));
      power = booster_->maximum_output_power->value();
    }
    sent.shift_db = power - planned_total_dbm_;
    // Plans are rounded.
    if (std::abs(sent.shift_db) < kSameSetting) sent.shift_db = 0;
  } else if (settings.gain && booster_) {
    sent.shift_db = settings.gain->value() - booster_->gain.value();
  } else if (settings.gain) {
    remark("the plant states no booster to compare its target gain with, so as designed");
  } else if (settings.mode == AmplifierMode::kConstantGain) {
    remark("constant gain without its target, so as designed");
  }
  return sent;
}

const std::string* DirectionSettings::switched_off() const {
  for (const auto& [element, amplifier] : amplifiers_) {
    if (!amplifier.enabled) return &element;
  }
  return nullptr;
}

}  // namespace caspilink::twin
