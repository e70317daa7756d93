// What the cable's electric power is planned to be: the figures behind a power feed budget.
#pragma once

#include <optional>
#include <string_view>

#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink {

using Volts = Amount<struct VoltsTag>;
using Amperes = Amount<struct AmperesTag>;
using OhmsPerKm = Amount<struct OhmsPerKmTag>;

}  // namespace caspilink

namespace caspilink::plant {

// Which stations push: both half the voltage each, with zero somewhere in the middle, or one all of
// it against the other's earth.
enum class Feeding { kBothEnds, kFromA, kFromB };

// "both_ends", "from_a", "from_b".
[[nodiscard]] constexpr std::string_view to_string(Feeding feeding) {
  switch (feeding) {
    case Feeding::kBothEnds:
      return "both_ends";
    case Feeding::kFromA:
      return "from_a";
    case Feeding::kFromB:
      return "from_b";
  }
  return "both_ends";
}

// Constant-current feed through the cable's conductor. Station A's side is positive.
struct PowerFeed {
  Amperes current;         // > 0, held by the equipment
  OhmsPerKm resistance;    // > 0, of the conductor at sea-bed temperature
  Volts repeater_voltage;  // >= 0, across each repeater, all its fibre pairs together
  Volts earth_potential;   // of B's earth over A's; changes its sign with geomagnetic weather
  Volts earth_potential_uncertainty;  // >= 0, one standard deviation of that weather
  Feeding feeding = Feeding::kBothEnds;

  friend bool operator==(const PowerFeed&, const PowerFeed&) = default;
};

}  // namespace caspilink::plant
