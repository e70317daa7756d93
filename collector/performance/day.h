// Longer bins from shorter ones.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/store/records.h"

namespace caspilink::performance {

// 24-hour bins of the UTC day that begins at `start_unix_s`, from its 15-minute bins in any order.
// Counts add; of figures the average is weighted by samples. Suspect where one of the 96 is suspect
// or missing.
[[nodiscard]] std::vector<store::BinRecord> day_of(std::int64_t start_unix_s,
                                                   const std::vector<store::BinRecord>& quarters);

// Whether a bin of this quantity holds a count.
[[nodiscard]] bool is_count(const std::string& quantity);

}  // namespace caspilink::performance
