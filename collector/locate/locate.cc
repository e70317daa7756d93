#include "collector/locate/locate.h"

#include <cmath>
#include <set>

namespace caspilink::locate {
namespace {

using alarms::Type;

std::vector<Finding> repeater_findings(const Evidence& evidence, const alarms::Key& key) {
  std::vector<Finding> found;
  std::set<std::string> pairs;
  for (const auto& reading : evidence.readings) {
    if (reading.place.quantity == codec::Quantity::kRepeaterInputPower) {
      pairs.insert(reading.place.fibre_pair);
    }
  }
  for (const std::string& pair : pairs) {
    if (!key.fibre_pair.empty() && key.fibre_pair != pair) continue;
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      if (key.direction && key.direction != direction) continue;
      if (auto one = by_repeaters(evidence.map, evidence.readings, pair, direction)) {
        found.push_back(std::move(*one));
      }
    }
  }
  return found;
}

std::optional<Finding> feed_finding(const Evidence& evidence) {
  if (!evidence.feed) return std::nullopt;
  std::optional<budget::FeedReading> at_a;
  std::optional<budget::FeedReading> at_b;
  const auto figure = [&](codec::Quantity quantity, bool positive) -> std::optional<double> {
    for (const auto& reading : evidence.readings) {
      // Station a feeds the positive side; the model's sign says which is which.
      if (reading.place.quantity == quantity && reading.expected &&
          (*reading.expected >= 0) == positive) {
        return std::abs(reading.observed);
      }
    }
    return std::nullopt;
  };
  const auto end = [&](bool positive) -> std::optional<budget::FeedReading> {
    const auto volts = figure(codec::Quantity::kPowerFeedVoltage, positive);
    auto amperes = figure(codec::Quantity::kPowerFeedCurrent, positive);
    if (!amperes) amperes = figure(codec::Quantity::kPowerFeedCurrent, true);
    if (!volts || !amperes) return std::nullopt;
    return budget::FeedReading{.voltage_v = *volts, .current_a = *amperes};
  };
  return by_power_feed(*evidence.feed, end(true), end(false));
}

}  // namespace

void add_causes(const Evidence& evidence, std::vector<alarms::Condition>& conditions) {
  for (alarms::Condition& condition : conditions) {
    if (condition.state != alarms::State::kPresent) continue;
    std::vector<Finding> findings;
    switch (condition.key.type) {
      case Type::kCableCut:
      case Type::kFibrePairCut:
      case Type::kLineCut:
        findings = repeater_findings(evidence, condition.key);
        if (condition.key.type != Type::kCableCut) break;
        [[fallthrough]];
      case Type::kPowerFeedFault:
        if (auto one = feed_finding(evidence)) findings.push_back(std::move(*one));
        break;
      case Type::kSpanLossHigh:
      case Type::kAmplifierOff:
      case Type::kRopaOff:
        if (const Body* body = evidence.map.find(condition.key.element)) {
          findings.push_back({.stretch = body->stretch, .text = condition.text});
        }
        break;
      default:
        break;
    }
    if (const auto together = combine(std::move(findings))) {
      condition.cause = cause_of(evidence.map, *together);
    }
  }
}

}  // namespace caspilink::locate
