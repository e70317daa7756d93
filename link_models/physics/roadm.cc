#include "link_models/physics/roadm.h"

#include <algorithm>

namespace caspilink::physics {

Dbm EqualisationTarget::power(Hertz baud_rate, Hertz slot_width) const {
  switch (kind) {
    case Kind::kChannelPower:
      return Dbm(value);
    case Kind::kPowerDensity:
      return to_dbm(Milliwatts(value * baud_rate.value() * 1e-9));
    case Kind::kPowerPerSlot:
      return to_dbm(Milliwatts(value * slot_width.value() * 1e-9));
  }
  return Dbm(value);
}

const RoadmImpairment* impairment_at(const std::vector<RoadmImpairment>& impairments,
                                     double frequency_hz) {
  const auto found = std::find_if(impairments.begin(), impairments.end(),
                                  [&](const RoadmImpairment& i) { return i.covers(frequency_hz); });
  return found == impairments.end() ? nullptr : &*found;
}

Dbm equalise(Dbm input, Db maximum_loss, Dbm target) {
  return std::min(input - maximum_loss, target);
}

}  // namespace caspilink::physics
