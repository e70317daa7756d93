// Service levels of a month, from a store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/performance/service_level.h"
#include "collector/store/history.h"

namespace caspilink::performance {

// From the bins of whole days as far as they are made, and the quarters of an hour of the others.
[[nodiscard]] Result<std::vector<ServiceLevel>> levels_of(store::History& history,
                                                          const Month& month);

// The UTC month that a time is in.
[[nodiscard]] Month month_at(std::int64_t unix_s);
// "2026-11"
[[nodiscard]] std::string to_string(const Month& month);

}  // namespace caspilink::performance
