#include "collector/alarms/alarm.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace caspilink::alarms {
namespace {

constexpr std::array<std::pair<Severity, std::string_view>, 5> kSeverityNames = {{
    {Severity::kIndeterminate, "indeterminate"},
    {Severity::kWarning, "warning"},
    {Severity::kMinor, "minor"},
    {Severity::kMajor, "major"},
    {Severity::kCritical, "critical"},
}};

}  // namespace

std::string_view to_string(Severity severity) {
  return std::ranges::find(kSeverityNames, severity, &std::pair<Severity, std::string_view>::first)
      ->second;
}

std::optional<Severity> severity_from_string(std::string_view text) {
  const auto found =
      std::ranges::find(kSeverityNames, text, &std::pair<Severity, std::string_view>::second);
  return found == kSeverityNames.end() ? std::nullopt : std::optional(found->first);
}

std::string describe(const Key& key) {
  std::string text(to_string(key.type));
  const auto add = [&text](std::string_view part) {
    if (part.empty()) return;
    text += ' ';
    text += part;
  };
  add(key.qualifier);
  add(key.station);
  add(key.fibre_pair);
  if (key.direction) add(plant::to_string(*key.direction));
  if (key.channel != 0) add(fmt::to_string(key.channel));
  add(key.element);
  add(key.source);
  return text;
}

bool notifies(const Alarm& alarm) {
  return alarm.parent == 0 && !alarm.shelved && alarm.maintenance == 0;
}

std::string_view to_string(Event::Kind kind) {
  using enum Event::Kind;
  switch (kind) {
    case kRaised:
      return "raised";
    case kWorsened:
      return "worsened";
    case kAdopted:
      return "adopted";
    case kPromoted:
      return "promoted";
    case kLocated:
      return "located";
    case kAcknowledged:
      return "acknowledged";
    case kShelved:
      return "shelved";
    case kUnshelved:
      return "unshelved";
    case kSuppressed:
      return "suppressed";
    case kReleased:
      return "released";
    case kCleared:
      break;
  }
  return "cleared";
}

}  // namespace caspilink::alarms
