// The voltage a cable needs: V = I R L + N V_repeater + earth potential difference (ITU-T G.977's
// power budget; shore leads and branching units are not counted).
#pragma once

#include <optional>

#include "link_models/plant/plant.h"

namespace caspilink::budget {

struct PowerFeedBudget {
  Amperes current;
  Volts total;  // between the two stations' cable heads
  Volts at_a;   // against A's earth, positive; 0 where A does not feed
  Volts at_b;   // against B's earth, negative; 0 where B does not feed

  friend bool operator==(const PowerFeedBudget&, const PowerFeedBudget&) = default;
};

// Repeaters of the submarine segments. `current` stands in for the planned one where it is given.
// Nothing for a plant that states no power feed.
[[nodiscard]] std::optional<PowerFeedBudget> power_feed_budget(
    const plant::Plant& plant, std::optional<Amperes> current = std::nullopt);

}  // namespace caspilink::budget
