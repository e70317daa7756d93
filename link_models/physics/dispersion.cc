#include "link_models/physics/dispersion.h"

#include <numbers>

namespace caspilink::physics {
namespace {

using constants::kSpeedOfLight;
constexpr double kTwoPi = 2 * std::numbers::pi;
constexpr double kReferenceWavelength = 1550e-9;  // m

}  // namespace

Hertz reference_frequency() { return Hertz(kSpeedOfLight / kReferenceWavelength); }

double beta2_s2_per_m(const plant::FibreType& fibre, Hertz frequency) {
  constexpr double kLambda = kReferenceWavelength;
  const double dispersion = fibre.dispersion.value() * 1e-6;  // ps/(nm km) to s/m^2
  const double beta2 = -dispersion * kLambda * kLambda / (kTwoPi * kSpeedOfLight);
  if (!fibre.dispersion_slope) return beta2;
  const double slope = fibre.dispersion_slope->value() * 1e3;  // ps/(nm^2 km) to s/m^3
  const double per_omega = kLambda * kLambda / (kTwoPi * kSpeedOfLight);
  const double beta3 = per_omega * per_omega * (slope + 2 * dispersion / kLambda);
  return beta2 + kTwoPi * beta3 * (frequency - reference_frequency()).value();
}

PsPerNmKm dispersion_at(const plant::FibreType& fibre, Hertz frequency) {
  if (!fibre.dispersion_slope) return fibre.dispersion;
  const double wavelength_nm = kSpeedOfLight / frequency.value() * 1e9;
  return fibre.dispersion +
         PsPerNmKm(fibre.dispersion_slope->value() * (wavelength_nm - kReferenceWavelength * 1e9));
}

void disperse(SpectralState& state, const plant::FibreType& fibre, Kilometers length) {
  for (std::size_t i = 0; i < state.size(); ++i) {
    state.chromatic_dispersion_ps_per_nm[i] +=
        dispersion_at(fibre, Hertz(state.frequency_hz[i])).value() * length.value();
    state.pmd_squared_ps2[i] += fibre.pmd.value() * fibre.pmd.value() * length.value();
  }
}

}  // namespace caspilink::physics
