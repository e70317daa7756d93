#include "link_models/physics/fibre_nonlinearity.h"

#include <cmath>
#include <numbers>

#include "link_models/physics/dispersion.h"

namespace caspilink::physics {

double nonlinear_coefficient_per_w_m(const plant::FibreType& fibre, Hertz frequency) {
  using std::numbers::pi;
  constexpr double kCoreRadius = 4.2e-6;  // m
  constexpr double kC = constants::kSpeedOfLight;
  const double area = fibre.effective_area.value() * 1e-12;  // um^2 to m^2
  // V is proportional to f, and ln V = pi r^2 / A_eff at the reference, so the core index and the
  // contrast cancel: ln V(f) = pi r^2 / A_ref + ln(f / f_ref).
  const double log_v =
      pi * kCoreRadius * kCoreRadius / area + std::log(frequency / reference_frequency());
  const double area_at = pi * kCoreRadius * kCoreRadius / log_v;
  return 2 * pi * fibre.nonlinear_index.value() * frequency.value() / (kC * area_at);
}

}  // namespace caspilink::physics
