#include "collector/alarms/performance_rules.h"

#include <fmt/format.h>

namespace caspilink::alarms {
namespace {

std::optional<plant::Direction> direction_of(const std::string& text) {
  const auto direction = plant::direction_from_string(text);
  return direction ? std::optional(*direction) : std::nullopt;
}

// What makes counts of a direction, or of one of its channels, go wrong; nearest first.
std::vector<Key> explanations_of(const Key& key) {
  std::vector<Key> out;
  const auto add = [&](Type type, bool with_direction, std::uint32_t channel) {
    Key other{.type = type, .fibre_pair = key.fibre_pair, .channel = channel};
    if (with_direction) other.direction = key.direction;
    out.push_back(std::move(other));
  };
  if (key.channel != 0) add(Type::kChannelLossOfLight, true, key.channel);
  if (key.direction) add(Type::kLineCut, true, 0);
  if (!key.fibre_pair.empty()) add(Type::kFibrePairCut, false, 0);
  out.push_back({.type = Type::kCableCut});
  return out;
}

}  // namespace

void threshold_conditions(const std::vector<performance::Crossing>& crossings,
                          std::vector<Condition>& out) {
  for (const performance::Crossing& crossing : crossings) {
    const store::PlaceName& place = crossing.place;
    const bool day = crossing.threshold.length_s == store::kDay_s;
    Condition condition{
        .key = {.type = Type::kThresholdCrossed,
                .qualifier = fmt::format("{}_{}", place.quantity, day ? "24h" : "15min"),
                .station = place.station,
                .fibre_pair = place.fibre_pair,
                .direction = direction_of(place.direction),
                .channel = place.channel,
                .element = place.element,
                .source = place.source},
        .state = State::kPresent,
        .severity = Severity::kWarning,
        .text =
            fmt::format("{} reached {:g} within {} (threshold {:g})", place.quantity,
                        crossing.value, day ? "24 hours" : "15 minutes", crossing.threshold.raise)};
    condition.explained_by = explanations_of(condition.key);
    out.push_back(std::move(condition));
  }
}

void hold_thresholds(const std::vector<AlarmPtr>& standing, std::vector<Condition>& out) {
  for (const AlarmPtr& alarm : standing) {
    if (alarm->key.type != Type::kThresholdCrossed) continue;
    out.push_back({.key = alarm->key, .state = State::kUnknown, .severity = alarm->severity});
  }
}

}  // namespace caspilink::alarms
