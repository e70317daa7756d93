// Which amplifier of a library suits a place.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::design {

// What a place asks of its amplifier.
struct AmplifierWish {
  Db gain;
  Dbm total_power;   // at its output
  Db extended_gain;  // above gain_flatmax that may still be used
  bool raman_suits = false;
};

// The types that meet a wish: gain not more than 3 dB below their least (padding makes up for it;
// none for Raman), and power within what gain and pumps allow. Where none gives the power, those
// within 0.3 dB of the strongest. kInvalidInput where there is nothing to choose from.
[[nodiscard]] Result<std::vector<const AmplifierType*>> suitable_amplifiers(
    const std::vector<const AmplifierType*>& choice, const AmplifierWish& wish);

struct ChosenAmplifier {
  const AmplifierType* type = nullptr;
  Db power_change;  // <= 0: what it falls short of the wished power
};

// The suitable type of the lowest noise figure; the first of equals.
[[nodiscard]] Result<ChosenAmplifier> choose_amplifier(
    const std::vector<const AmplifierType*>& choice, const AmplifierWish& wish);

// Multi-band types that contain an amplifier of a name.
[[nodiscard]] std::vector<const AmplifierType*> multi_band_types_with(const Equipment& equipment,
                                                                      const std::string& name);

// The first multi-band type that contains all of some types; nullptr where there is none.
[[nodiscard]] const AmplifierType* multi_band_type_of(const Equipment& equipment,
                                                      const std::vector<std::string>& names);

}  // namespace caspilink::design
