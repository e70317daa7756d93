// Every type of alarm, once: name, what it is about, how long it must last, what it means. The
// README's table, the runbook and the alert rules are tested against this table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace caspilink::alarms {

// In the order in which one may explain the next.
enum class Type : std::uint8_t {
  kStoreFailing,
  kClockOff,
  kAgentSilent,
  kSourceSilent,
  kCableCut,
  kPowerFeedFault,
  kPowerFeedOff,
  kStationDark,
  kFibrePairCut,
  kLineNotSent,
  kLineCut,
  kPumpOff,
  kRopaOff,
  kAmplifierOff,
  kSpanLossHigh,
  kLinePowerOff,
  kLineOffModel,
  kChannelNotSent,
  kChannelLossOfLight,
  kReceivePowerOff,
  kChannelOffModel,
  kBelowBudget,
  kMarginLow,
  kPathLost,
  kLatencyOffBudget,
  kProtectionSwitched,
  kBaselineDrift,
  kThresholdCrossed,
};

inline constexpr std::size_t kTypeCount = 28;

struct TypeInfo {
  Type type;
  std::string_view name;        // "line_cut": the form of labels, of the store and of RFC 8632
  std::string_view group;       // what kind of thing it is about: "line", "channel", ...
  std::string_view resource;    // which fields of a key it fills
  std::string_view severities;  // those it can have
  double raise_factor;          // of the plant's raise hold-off
  double clear_factor;          // of the plant's clear hold-off
  std::string_view meaning;
};

// Every type, in the order of the enumeration.
[[nodiscard]] std::span<const TypeInfo> types();
[[nodiscard]] const TypeInfo& info(Type type);

[[nodiscard]] std::string_view to_string(Type type);
[[nodiscard]] std::optional<Type> type_from_string(std::string_view text);

// The table of collector/alarms/README.md, in Markdown.
[[nodiscard]] std::string types_table();

}  // namespace caspilink::alarms
