// What a reconfigurable add-drop multiplexer does to the channels that cross it.
#pragma once

#include <optional>
#include <vector>

#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::physics {

// The level a ROADM brings channels to at a degree.
struct EqualisationTarget {
  enum class Kind {
    kChannelPower,  // value in dBm
    kPowerDensity,  // value in mW/GHz of the symbol rate
    kPowerPerSlot,  // value in mW/GHz of the slot width
  };

  Kind kind = Kind::kChannelPower;
  double value = 0;

  [[nodiscard]] Dbm power(Hertz baud_rate, Hertz slot_width) const;

  friend bool operator==(const EqualisationTarget&, const EqualisationTarget&) = default;
};

// What a way through the ROADM costs in a range of frequencies; without bounds, everywhere.
struct RoadmImpairment {
  std::optional<Hertz> from;
  std::optional<Hertz> to;
  Db maximum_loss;  // >= 0; channels leave at least this much lower than they came
  Picoseconds pmd;
  Db pdl;
  std::optional<Db> osnr;  // in 12.5 GHz, of the noise added; none: adds no noise

  [[nodiscard]] bool covers(double frequency_hz) const {
    return !from || !to || (from->value() <= frequency_hz && frequency_hz <= to->value());
  }

  friend bool operator==(const RoadmImpairment&, const RoadmImpairment&) = default;
};

// The first that covers a frequency; nullptr where none does.
[[nodiscard]] const RoadmImpairment* impairment_at(const std::vector<RoadmImpairment>& impairments,
                                                   double frequency_hz);

// Level a channel leaves at: its target, or what is left of it after the loss where that is less.
// A ROADM attenuates and never amplifies.
[[nodiscard]] Dbm equalise(Dbm input, Db maximum_loss, Dbm target);

}  // namespace caspilink::physics
