#include "link_models/design/equipment.h"

#include <algorithm>
#include <cmath>

namespace caspilink::design {
namespace {

template <typename T>
const T* find_named(const std::vector<T>& items, std::string_view name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const T& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const AmplifierType* Equipment::amplifier(std::string_view name) const {
  return find_named(amplifiers, name);
}
const RoadmType* Equipment::roadm(std::string_view name) const { return find_named(roadms, name); }

std::vector<Band> Equipment::bands_of(const AmplifierType& type) const {
  if (!type.is_multi_band()) return {{type.model.f_min, type.model.f_max, std::nullopt}};
  std::vector<Band> bands;
  for (const std::string& name : type.bands) {
    const AmplifierType* one = amplifier(name);
    if (one == nullptr) continue;  // readers refuse libraries of this kind
    const Band band{one->model.f_min, one->model.f_max, std::nullopt};
    if (std::find(bands.begin(), bands.end(), band) == bands.end()) bands.push_back(band);
  }
  return bands;
}

std::size_t channels_in(const Band& band, Hertz spacing) {
  const double width = (band.f_max - band.f_min).value();
  if (width <= 0 || spacing <= Hertz(0)) return 0;
  // Exact remainder first: the plain quotient can round up to a whole number.
  const double whole = width - std::fmod(width, spacing.value());
  return static_cast<std::size_t>(std::llround(whole / spacing.value()));
}

}  // namespace caspilink::design
