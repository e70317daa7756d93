// Where a cable's conductor touches the sea, from what its power feed shows. With a constant
// current from an end, V = I (R x + R_f) + n(x) V_repeater up to the fault, and so from both ends.
// The fault's own resistance R_f is taken as none: it carries nothing while both ends push the same
// current, and with one end it makes the fault look farther away than it is.
#pragma once

#include <optional>
#include <vector>

#include "link_models/units.h"

namespace caspilink::budget {

// The conductor, seen from station a.
struct FeedPath {
  Kilometers length;                     // > 0
  double resistance_ohm_per_km = 1.0;    // > 0
  double repeater_v = 0.0;               // >= 0, across each
  std::vector<Kilometers> repeaters{};   // distances from a, ascending
  double earth_potential_sigma_v = 0.0;  // >= 0: earth potential is weather
  double voltage_sigma_part = 0.01;      // of a reading, >= 0
};

// What one station's equipment shows; magnitudes.
struct FeedReading {
  double voltage_v = 0.0;
  double current_a = 0.0;
};

struct FeedFault {
  Kilometers at;           // from a
  Kilometers uncertainty;  // one standard deviation, or half of what the two ends disagree by
};

// From one or both ends. Nothing where no current flows, or where the voltages reach over the whole
// path: then the conductor does not touch the sea between the stations.
[[nodiscard]] std::optional<FeedFault> locate_feed_fault(const FeedPath& path,
                                                         const std::optional<FeedReading>& at_a,
                                                         const std::optional<FeedReading>& at_b);

}  // namespace caspilink::budget
