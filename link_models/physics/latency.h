// The time light takes.
#pragma once

#include "link_models/units.h"

namespace caspilink::physics {

// One way through fibre: n_g L / c. group_index >= 1.
[[nodiscard]] constexpr Seconds latency(double group_index, Kilometers length) {
  return Seconds(group_index * length.value() * 1e3 / constants::kSpeedOfLight);
}

}  // namespace caspilink::physics
