#include "proto/codec/reading_names.h"

#include <array>
#include <cstddef>

namespace caspilink::codec {
namespace {

// Enumerations count from 0 without gaps.
constexpr std::array<std::string_view, 5> kReadings = {"value", "no_light", "below_range",
                                                       "not_supported", "withdrawn"};
constexpr std::array<std::string_view, 4> kStatistics = {"instant", "average", "minimum",
                                                         "maximum"};
static_assert(static_cast<std::size_t>(Reading::kWithdrawn) + 1 == kReadings.size());
static_assert(static_cast<std::size_t>(Statistic::kMaximum) + 1 == kStatistics.size());

}  // namespace

std::string_view to_string(Reading reading) { return kReadings[static_cast<std::size_t>(reading)]; }

std::string_view to_string(Statistic statistic) {
  return kStatistics[static_cast<std::size_t>(statistic)];
}

std::span<const std::string_view> reading_names() { return kReadings; }

std::span<const std::string_view> statistic_names() { return kStatistics; }

}  // namespace caspilink::codec
