#include "link_models/physics/attenuation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "link_models/physics/dispersion.h"

namespace caspilink::physics {

void attenuate(SpectralState& state, Db loss) {
  const double factor = to_linear(-loss);
  for (std::size_t i = 0; i < state.size(); ++i) {
    state.signal_w[i] *= factor;
    state.ase_w[i] *= factor;
    state.nli_w[i] *= factor;
  }
}

void transmit(SpectralState& state, const std::vector<double>& factor) {
  for (std::size_t i = 0; i < state.size(); ++i) {
    state.signal_w[i] *= factor[i];
    state.ase_w[i] *= factor[i];
    state.nli_w[i] *= factor[i];
  }
}

double power_attenuation_per_m(DbPerKm attenuation) {
  return attenuation.value() * 1e-4 * std::numbers::ln10;
}

DbPerKm attenuation_at(const plant::FibreType& fibre, Hertz frequency) {
  const auto rayleigh = [&](Hertz known, DbPerKm attenuation) {
    return attenuation * std::pow(frequency / known, 4);
  };
  const auto& points = fibre.attenuation_points;
  if (points.empty()) return rayleigh(reference_frequency(), fibre.attenuation);
  if (frequency <= points.front().frequency) {
    return rayleigh(points.front().frequency, points.front().attenuation);
  }
  if (frequency >= points.back().frequency) {
    return rayleigh(points.back().frequency, points.back().attenuation);
  }
  const auto above = std::upper_bound(
      points.begin(), points.end(), frequency,
      [](Hertz f, const plant::AttenuationPoint& point) { return f < point.frequency; });
  const auto below = above - 1;
  const double part = (frequency - below->frequency) / (above->frequency - below->frequency);
  return below->attenuation + part * (above->attenuation - below->attenuation);
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
