// Readings and statistics in words, as dumps, recordings and the query API have them.
#pragma once

#include <span>
#include <string_view>

#include "proto/codec/observation.h"

namespace caspilink::codec {

[[nodiscard]] std::string_view to_string(Reading reading);      // "no_light"
[[nodiscard]] std::string_view to_string(Statistic statistic);  // "instant"

// All of them, in the order of the enumerations.
[[nodiscard]] std::span<const std::string_view> reading_names();
[[nodiscard]] std::span<const std::string_view> statistic_names();

}  // namespace caspilink::codec
