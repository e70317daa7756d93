#include "collector/alarms/equipment_rules.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "collector/alarms/line_rules.h"
#include "proto/codec/quantity.h"

namespace caspilink::alarms {
namespace {

using codec::Quantity;

struct Limits {
  double minor = 0;
  double major = 0;
  double hysteresis = 0;
};

constexpr Limits kGain{.minor = 0.5, .major = 1.0, .hysteresis = 0.1};
constexpr Limits kOutputPower{.minor = 0.5, .major = 1.0, .hysteresis = 0.1};
constexpr Limits kPump{.minor = 1.0, .major = 3.0, .hysteresis = 0.2};
constexpr Limits kRopaGain{.minor = 1.0, .major = 3.0, .hysteresis = 0.2};
// Of the expected figure.
constexpr Limits kFeedCurrent{.minor = 0.01, .major = 0.05, .hysteresis = 0.002};
constexpr Limits kFeedVoltage{.minor = 0.02, .major = 0.05, .hysteresis = 0.004};
constexpr double kWorstReflection_db = -14.0;  // of pump power
constexpr double kReflectionHysteresis_db = 1.0;
// Below this part of its plan a feeding current is none.
constexpr double kOpenCurrent = 0.1;
// Currents of the two ends may differ by this part before one leaves the conductor on the way.
constexpr double kLeakingCurrent = 0.02;

State above(double figure, const Limits& limits) {
  if (figure > limits.minor) return State::kPresent;
  return figure > limits.minor - limits.hysteresis ? State::kDeadBand : State::kAbsent;
}

// A condition about a reading's own place; `figure` is how far it is off, worse upwards.
Condition off(Type type, const EquipmentReading& reading, std::string qualifier, double figure,
              const Limits& limits, std::string text) {
  const fleet::Place& place = reading.place;
  Condition condition{.key = {.type = type,
                              .qualifier = std::move(qualifier),
                              .fibre_pair = place.fibre_pair,
                              .direction = place.direction,
                              .element = place.element},
                      .state = above(figure, limits),
                      .severity = figure > limits.major ? Severity::kMajor : Severity::kMinor};
  if (condition.state == State::kPresent) {
    condition.text = std::move(text);
    condition.explained_by = cuts_of(place.fibre_pair);
    condition.cause = {.element = place.element, .text = condition.text};
  }
  return condition;
}

std::string text_of(const EquipmentReading& reading, std::string_view what) {
  const fleet::Place& place = reading.place;
  std::string where = place.fibre_pair;
  if (place.direction) where += fmt::format(" {}", plant::to_string(*place.direction));
  if (!place.element.empty()) where += fmt::format(" {}", place.element);
  if (where.empty()) where = place.station;
  return fmt::format("{}: {} is {:.2f} {}, {:.2f} expected", where, what, reading.observed,
                     codec::info(place.quantity).unit, *reading.expected);
}

double residual(const EquipmentReading& reading) { return reading.observed - *reading.expected; }

bool is_remote(const EquipmentReading& reading) {
  // Remote amplifiers hold a gain; repeaters hold a power, and report it.
  return reading.place.element.starts_with("ROPA") || reading.place.element.starts_with("ropa");
}

// One station's feeding, as far as it is known.
struct Feed {
  const EquipmentReading* voltage = nullptr;
  const EquipmentReading* current = nullptr;
};

std::map<std::string, Feed> feeds_of(const std::vector<EquipmentReading>& readings) {
  std::map<std::string, Feed> feeds;
  for (const EquipmentReading& reading : readings) {
    if (reading.place.quantity == Quantity::kPowerFeedVoltage) {
      feeds[reading.place.station].voltage = &reading;
    } else if (reading.place.quantity == Quantity::kPowerFeedCurrent) {
      feeds[reading.place.station].current = &reading;
    }
  }
  return feeds;
}

Condition feed_fault(const std::map<std::string, Feed>& feeds) {
  Condition fault{.key = {.type = Type::kPowerFeedFault}, .severity = Severity::kCritical};
  double smallest = 0;
  double largest = 0;
  double planned = 0;
  std::size_t known = 0;
  for (const auto& [station, feed] : feeds) {
    if (feed.current == nullptr || !feed.current->expected) continue;
    const double current = std::abs(feed.current->observed);
    smallest = known == 0 ? current : std::min(smallest, current);
    largest = std::max(largest, current);
    planned = std::max(planned, std::abs(*feed.current->expected));
    ++known;
  }
  if (known == 0 || planned == 0) return fault;
  if (largest < kOpenCurrent * planned) {
    fault.state = State::kPresent;
    fault.text = "no feeding current flows: the conductor is open, or feeding is off";
  } else if (known == 2 && largest - smallest > kLeakingCurrent * planned) {
    fault.state = State::kPresent;
    fault.text = fmt::format(
        "feeding currents differ, {:.3f} A and {:.3f} A: the difference leaves "
        "the conductor on the way",
        largest, smallest);
  } else {
    fault.state = State::kAbsent;
  }
  fault.explained_by = {{.type = Type::kCableCut}};
  return fault;
}

void feed_conditions(const std::vector<EquipmentReading>& readings, std::vector<Condition>& out) {
  const auto feeds = feeds_of(readings);
  if (feeds.empty()) return;
  out.push_back(feed_fault(feeds));
  for (const auto& [station, feed] : feeds) {
    for (const auto& [reading, qualifier, limits] :
         {std::tuple(feed.voltage, "voltage", kFeedVoltage),
          std::tuple(feed.current, "current", kFeedCurrent)}) {
      if (reading == nullptr || !reading->expected || *reading->expected == 0) continue;
      const double part = std::abs(residual(*reading) / *reading->expected);
      Condition one =
          off(Type::kPowerFeedOff, *reading, qualifier, part, limits, text_of(*reading, qualifier));
      one.key.station = station;
      if (one.state == State::kPresent) {
        one.explained_by = {{.type = Type::kPowerFeedFault}, {.type = Type::kCableCut}};
        one.cause.element = fmt::format("power feed of {}", station);
      }
      out.push_back(std::move(one));
    }
  }
}

void pump_conditions(const std::vector<EquipmentReading>& readings, std::vector<Condition>& out) {
  const auto beside = [&](const EquipmentReading& reflection) -> const EquipmentReading* {
    fleet::Place place = reflection.place;
    place.quantity = Quantity::kPumpPower;
    const auto found = std::ranges::find(readings, place, &EquipmentReading::place);
    return found == readings.end() ? nullptr : &*found;
  };
  const auto add = [&](const EquipmentReading& reading, const char* qualifier, double figure,
                       const Limits& limits, std::string text) {
    Condition one = off(Type::kPumpOff, reading, qualifier, figure, limits, std::move(text));
    one.key.station = reading.place.station;
    // Pumps stand in a station: no cut explains them.
    one.explained_by.clear();
    if (one.state == State::kPresent) {
      one.cause.element =
          fmt::format("pump {} at {}", reading.place.element, reading.place.station);
    }
    out.push_back(std::move(one));
  };
  for (const EquipmentReading& reading : readings) {
    if (reading.no_light) continue;
    if (reading.place.quantity == Quantity::kPumpPower && reading.expected) {
      add(reading, "power", std::abs(residual(reading)), kPump, text_of(reading, "pump power"));
    } else if (reading.place.quantity == Quantity::kPumpBackReflection) {
      const EquipmentReading* power = beside(reading);
      if (power == nullptr) continue;
      const double ratio = reading.observed - power->observed;
      add(reading, "reflection", ratio,
          {.minor = kWorstReflection_db,
           .major = kWorstReflection_db + 4,
           .hysteresis = kReflectionHysteresis_db},
          fmt::format("{} {}: {:.1f} dB of the pump's light comes back", reading.place.station,
                      reading.place.element, ratio));
    }
  }
}

void amplifier_conditions(const std::vector<EquipmentReading>& readings,
                          const plant::AlarmThresholds& thresholds, std::vector<Condition>& out) {
  const Limits span{.minor = thresholds.receive_power_residual_minor.value(),
                    .major = thresholds.receive_power_residual_major.value(),
                    .hysteresis = thresholds.receive_power_hysteresis.value()};
  std::vector<Condition> spans;
  for (const EquipmentReading& reading : readings) {
    if (!reading.expected || reading.no_light) continue;
    switch (reading.place.quantity) {
      case Quantity::kRepeaterGain:
        out.push_back(is_remote(reading)
                          ? off(Type::kRopaOff, reading, "", -residual(reading), kRopaGain,
                                text_of(reading, "gain"))
                          : off(Type::kAmplifierOff, reading, "gain", -residual(reading), kGain,
                                text_of(reading, "gain")));
        break;
      case Quantity::kRepeaterOutputPower:
      case Quantity::kAmplifierOutputPower:
        out.push_back(off(Type::kAmplifierOff, reading, "output_power", std::abs(residual(reading)),
                          kOutputPower, text_of(reading, "output power")));
        if (reading.place.quantity == Quantity::kAmplifierOutputPower) {
          out.back().key.station = reading.place.station;
        }
        break;
      case Quantity::kSpanLoss:
        spans.push_back(off(Type::kSpanLossHigh, reading, "", residual(reading), span,
                            text_of(reading, "span loss")));
        break;
      default:
        break;
    }
  }
  std::ranges::move(spans, std::back_inserter(out));
}

void protection_conditions(const std::vector<EquipmentReading>& readings,
                           std::vector<Condition>& out) {
  for (const EquipmentReading& reading : readings) {
    if (reading.place.quantity != Quantity::kProtectionActivePath) continue;
    const bool away = std::lround(reading.observed) != 1;
    Condition switched{.key = {.type = Type::kProtectionSwitched,
                               .station = reading.place.station,
                               .fibre_pair = reading.place.fibre_pair,
                               .element = reading.place.element},
                       .state = away ? State::kPresent : State::kAbsent,
                       .severity = Severity::kMinor};
    if (away) {
      switched.text =
          fmt::format("{} {}: path {:.0f} is selected, not the working one", reading.place.station,
                      reading.place.fibre_pair, reading.observed);
      // A switch that left a dark path did its work.
      switched.explained_by = cuts_of(reading.place.fibre_pair);
    }
    out.push_back(std::move(switched));
  }
}

}  // namespace

bool is_equipment(Quantity quantity) {
  switch (quantity) {
    case Quantity::kRepeaterGain:
    case Quantity::kRepeaterInputPower:
    case Quantity::kRepeaterOutputPower:
    case Quantity::kAmplifierOutputPower:
    case Quantity::kSpanLoss:
    case Quantity::kPumpPower:
    case Quantity::kPumpBackReflection:
    case Quantity::kPowerFeedVoltage:
    case Quantity::kPowerFeedCurrent:
    case Quantity::kProtectionActivePath:
      return true;
    default:
      return false;
  }
}

void equipment_conditions(const std::vector<EquipmentReading>& readings,
                          const plant::AlarmThresholds& thresholds, std::vector<Condition>& out) {
  feed_conditions(readings, out);
  pump_conditions(readings, out);
  amplifier_conditions(readings, thresholds, out);
  protection_conditions(readings, out);
}

}  // namespace caspilink::alarms
