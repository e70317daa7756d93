// Alarms in the terms of RFC 8632: a type on a resource, with a severity, raised and cleared.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "link_models/plant/direction.h"

namespace caspilink::alarms {

enum class Type : std::uint8_t {
  kLineCut,
  kChannelLossOfLight,
  kMarginLow,
  kBelowBudget,
  kLatencyOffBudget,
  kAgentSilent,
};

inline constexpr std::array kTypes = {Type::kLineCut,          Type::kChannelLossOfLight,
                                      Type::kMarginLow,        Type::kBelowBudget,
                                      Type::kLatencyOffBudget, Type::kAgentSilent};

// "line_cut": the form of labels and of the store.
[[nodiscard]] std::string_view to_string(Type type);
[[nodiscard]] std::optional<Type> type_from_string(std::string_view text);

// RFC 8632 section 3.2, worst last.
enum class Severity : std::uint8_t { kIndeterminate, kWarning, kMinor, kMajor, kCritical };

[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::optional<Severity> severity_from_string(std::string_view text);

// What an alarm is about. Empty text, 0 and no direction: does not apply.
struct Key {
  Type type{};
  std::string station;
  std::string fibre_pair;
  std::optional<plant::Direction> direction;
  std::uint32_t channel = 0;

  friend bool operator==(const Key&, const Key&) = default;
  friend auto operator<=>(const Key&, const Key&) = default;
};

struct Alarm {
  std::uint64_t id = 0;
  Key key;
  Severity severity = Severity::kIndeterminate;
  std::string text;  // for people: what was seen
  std::int64_t raised_unix_ns = 0;
  std::optional<std::int64_t> cleared_unix_ns;

  friend bool operator==(const Alarm&, const Alarm&) = default;
};

}  // namespace caspilink::alarms
