#include "link_models/physics/gn_closed_form.h"

#include <cmath>
#include <numbers>

#include "link_models/physics/attenuation.h"

namespace caspilink::physics {
namespace {

using std::numbers::pi;

double asinh_term(const FilledBand& band) {
  const double asymptotic_length = 1 / power_attenuation_per_m(band.attenuation);
  const double bandwidth = band.bandwidth.value();
  return std::asinh(pi * pi / 2 * band.abs_beta2_s2_per_m * asymptotic_length * bandwidth *
                    bandwidth);
}

}  // namespace

double nli_density_w_per_hz(const FilledBand& band, double signal_w_per_hz) {
  const double asymptotic_length = 1 / power_attenuation_per_m(band.attenuation);
  const double effective_length = effective_length_m({band.attenuation, band.span_length, {}});
  return 8.0 / 27.0 * std::pow(band.nonlinear_coefficient_per_w_m, 2) *
         std::pow(signal_w_per_hz, 3) * effective_length * effective_length * asinh_term(band) /
         (pi * band.abs_beta2_s2_per_m * asymptotic_length);
}

double coherence_exponent(const FilledBand& band) {
  const double asymptotic_length = 1 / power_attenuation_per_m(band.attenuation);
  const double span_length = band.span_length.value() * 1e3;
  return 0.3 * std::log(1 + 6 * asymptotic_length / (span_length * asinh_term(band)));
}

Dbm optimum_launch_power(Milliwatts ase, Milliwatts nli, Dbm at) {
  const double launch = to_milliwatts(at).value();
  const double eta = nli.value() / (launch * launch * launch);
  return to_dbm(Milliwatts(std::cbrt(ase.value() / (2 * eta))));
}

}  // namespace caspilink::physics
