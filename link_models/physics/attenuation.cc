#include "link_models/physics/attenuation.h"

#include <cmath>
#include <numbers>

namespace caspilink::physics {

void attenuate(SpectralState& state, Db loss) {
  const double factor = to_linear(-loss);
  for (std::size_t i = 0; i < state.size(); ++i) {
    state.signal_w[i] *= factor;
    state.ase_w[i] *= factor;
    state.nli_w[i] *= factor;
  }
}

double power_attenuation_per_m(DbPerKm attenuation) {
  return attenuation.value() * 1e-4 * std::numbers::ln10;
}

double effective_length_m(const PowerProfile& profile) {
  const double alpha = power_attenuation_per_m(profile.attenuation);
  const auto piece = [&](Kilometers length) {
    return -std::expm1(-alpha * length.value() * 1e3) / alpha;
  };
  double sum = 0;
  double power = 1;  // at the beginning of the piece
  Kilometers begin;
  for (const auto& [place, loss] : profile.lumped) {
    sum += power * piece(place - begin);
    power *= to_linear(-(profile.attenuation * (place - begin) + loss));
    begin = place;
  }
  return sum + power * piece(profile.length - begin);
}

}  // namespace caspilink::physics
