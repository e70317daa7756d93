// From places of the plant to time series: the same names, labels and units as on /metrics.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "collector/fleet/place.h"

namespace caspilink::remote_write {

using Labels = std::vector<std::pair<std::string, std::string>>;  // sorted by name, none empty

// "__name__" and what applies of the place, with `more` added; of two of one name the place's
// stays.
[[nodiscard]] Labels labels_of(const fleet::Place& place, const Labels& more);

// One reading on its way.
struct Outgoing {
  std::uint32_t series = 0;
  std::int64_t time_unix_ms = 0;
  double value = 0;  // in the metric's unit

  friend bool operator==(const Outgoing&, const Outgoing&) = default;
};

// A WriteRequest, snappy's block format. `samples`: by series, then time.
[[nodiscard]] std::string encode(const std::vector<Labels>& series, const Outgoing* begin,
                                 const Outgoing* end);

}  // namespace caspilink::remote_write
