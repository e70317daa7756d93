// Times and lengths of time as people write them.
#pragma once

#include <cstdint>
#include <string>

#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::endpoint {

// "2026-11-23T21:35:18Z", with or without a fraction of a second, or Unix nanoseconds.
[[nodiscard]] Result<std::int64_t> parse_time(const std::string& text);

// "2026-11-23T21:35:18Z", the fraction of the second left out.
[[nodiscard]] std::string time_text(std::int64_t unix_ns);

// "90s", "15min", "2h", "3d": a number greater than 0 and its unit.
[[nodiscard]] Result<Seconds> parse_duration(const std::string& text);

}  // namespace caspilink::endpoint
