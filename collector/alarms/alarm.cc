#include "collector/alarms/alarm.h"

#include <algorithm>
#include <utility>

namespace caspilink::alarms {
namespace {

constexpr std::array<std::pair<Type, std::string_view>, 6> kTypeNames = {{
    {Type::kLineCut, "line_cut"},
    {Type::kChannelLossOfLight, "channel_loss_of_light"},
    {Type::kMarginLow, "margin_low"},
    {Type::kBelowBudget, "below_budget"},
    {Type::kLatencyOffBudget, "latency_off_budget"},
    {Type::kAgentSilent, "agent_silent"},
}};

constexpr std::array<std::pair<Severity, std::string_view>, 5> kSeverityNames = {{
    {Severity::kIndeterminate, "indeterminate"},
    {Severity::kWarning, "warning"},
    {Severity::kMinor, "minor"},
    {Severity::kMajor, "major"},
    {Severity::kCritical, "critical"},
}};

template <typename Names, typename Value>
std::string_view name_of(const Names& names, Value value) {
  return std::ranges::find(names, value, &Names::value_type::first)->second;
}

template <typename Value, typename Names>
std::optional<Value> value_of(const Names& names, std::string_view text) {
  const auto found = std::ranges::find(names, text, &Names::value_type::second);
  return found == names.end() ? std::nullopt : std::optional<Value>(found->first);
}

}  // namespace

std::string_view to_string(Type type) { return name_of(kTypeNames, type); }
std::optional<Type> type_from_string(std::string_view text) {
  return value_of<Type>(kTypeNames, text);
}
std::string_view to_string(Severity severity) { return name_of(kSeverityNames, severity); }
std::optional<Severity> severity_from_string(std::string_view text) {
  return value_of<Severity>(kSeverityNames, text);
}

}  // namespace caspilink::alarms
