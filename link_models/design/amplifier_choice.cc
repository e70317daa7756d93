#include "link_models/design/amplifier_choice.h"

#include <algorithm>
#include <cmath>

namespace caspilink::design {
namespace {

// How far a type reaches above the power a wish asks for.
Db spare_power(const AmplifierType& type, const AmplifierWish& wish) {
  const Dbm input = wish.total_power - wish.gain;
  const Dbm reach =
      std::min(input + type.gain_flatmax + wish.extended_gain, type.model.maximum_power);
  return reach - wish.total_power;
}

Db noise_figure(const AmplifierType& type, Db gain) {
  // Choices are compared for a full band at 0 dBm in all.
  const physics::AmplifierInput light{Dbm(0), 88, Hertz(50e9)};
  return physics::noise_figure(type.model.stages, gain, light);
}

bool contains(const AmplifierType& multi_band, const std::string& name) {
  return std::find(multi_band.bands.begin(), multi_band.bands.end(), name) !=
         multi_band.bands.end();
}

}  // namespace

Result<std::vector<const AmplifierType*>> suitable_amplifiers(
    const std::vector<const AmplifierType*>& choice, const AmplifierWish& wish) {
  constexpr Db kPaddingAllowed(3);
  if (!std::isfinite(wish.total_power.value())) {  // of no channel it is minus infinity
    return fail(ErrorCode::kInvalidInput, "", "its design band holds no channel at the spacing");
  }
  // Lumped Raman models come last, so that of equals an ordinary amplifier is chosen.
  std::vector<const AmplifierType*> enough_gain;
  std::vector<const AmplifierType*> ordinary;
  for (const AmplifierType* type : choice) {
    if (type->raman) continue;
    ordinary.push_back(type);
    if (wish.gain + kPaddingAllowed - type->gain_min > Db(0)) enough_gain.push_back(type);
  }
  for (const AmplifierType* type : choice) {
    if (!type->raman || !wish.raman_suits) continue;
    if (wish.gain - type->gain_min > Db(0)) enough_gain.push_back(type);
  }
  if (enough_gain.empty()) enough_gain = ordinary;
  if (enough_gain.empty()) {
    return fail(ErrorCode::kInvalidInput, "",
                "no amplifier of the equipment library suits its gain: allow another type, or pad "
                "the span");
  }
  std::vector<const AmplifierType*> enough_power;
  for (const AmplifierType* type : enough_gain) {
    if (spare_power(*type, wish) > Db(0)) enough_power.push_back(type);
  }
  if (!enough_power.empty()) return enough_power;
  Db most = spare_power(*enough_gain.front(), wish);
  for (const AmplifierType* type : enough_gain) most = std::max(most, spare_power(*type, wish));
  for (const AmplifierType* type : enough_gain) {
    if (spare_power(*type, wish) - most > Db(-0.3)) enough_power.push_back(type);
  }
  return enough_power;
}

Result<ChosenAmplifier> choose_amplifier(const std::vector<const AmplifierType*>& choice,
                                         const AmplifierWish& wish) {
  const auto suitable = suitable_amplifiers(choice, wish);
  if (!suitable) return tl::unexpected(suitable.error());
  const auto* best = *std::min_element(
      suitable->begin(), suitable->end(), [&](const AmplifierType* a, const AmplifierType* b) {
        return noise_figure(*a, wish.gain) < noise_figure(*b, wish.gain);
      });
  return ChosenAmplifier{best, std::min(spare_power(*best, wish), Db(0))};
}

std::vector<const AmplifierType*> multi_band_types_with(const Equipment& equipment,
                                                        const std::string& name) {
  std::vector<const AmplifierType*> found;
  for (const AmplifierType& type : equipment.amplifiers) {
    if (contains(type, name)) found.push_back(&type);
  }
  return found;
}

const AmplifierType* multi_band_type_of(const Equipment& equipment,
                                        const std::vector<std::string>& names) {
  for (const AmplifierType& type : equipment.amplifiers) {
    if (!type.is_multi_band()) continue;
    if (std::all_of(names.begin(), names.end(),
                    [&](const std::string& name) { return contains(type, name); })) {
      return &type;
    }
  }
  return nullptr;
}

}  // namespace caspilink::design
