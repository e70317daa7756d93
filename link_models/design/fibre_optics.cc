#include "link_models/design/fibre_optics.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>

#include <fmt/format.h>

#include "link_models/physics/latency.h"
#include "link_models/physics/raman_gain.h"

namespace caspilink::design {
namespace {

using constants::kSpeedOfLight;

constexpr double kTwoPi = 2 * std::numbers::pi;
constexpr double kNonlinearIndex = 2.6e-20;  // m2/W
constexpr double kGroupIndex = 1.468;

tl::unexpected<Error> outside(const char* table, const std::vector<double>& covered,
                              double frequency_hz) {
  return fail(
      ErrorCode::kInvalidInput, "",
      fmt::format("its table of {} covers {:.3f} to {:.3f} THz, and there is a channel at "
                  "{:.3f} THz",
                  table, covered.front() * 1e-12, covered.back() * 1e-12, frequency_hz * 1e-12));
}

double beta2_of(double dispersion, double frequency_hz) {
  const double wavelength = kSpeedOfLight / frequency_hz;
  return -wavelength * wavelength * dispersion / (kTwoPi * kSpeedOfLight);
}

// Slope at x = 0 of the parabola through points by least squares.
double parabola_slope(const std::vector<double>& x, const std::vector<double>& y) {
  // Orthogonal polynomials over the points keep the normal equations apart.
  const auto n = static_cast<double>(x.size());
  double mean = 0;
  for (const double v : x) mean += v / n;
  double scale = 0;
  for (const double v : x) scale = std::max(scale, std::abs(v - mean));
  if (scale == 0) return 0;
  double s2 = 0;
  double s3 = 0;
  double s1y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double u = (x[i] - mean) / scale;
    s2 += u * u;
    s3 += u * u * u;
    s1y += u * y[i];
  }
  const double first = s1y / s2;
  double qq = 0;
  double qy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double u = (x[i] - mean) / scale;
    const double q = u * u - s3 / s2 * u - s2 / n;
    qq += q * q;
    qy += q * y[i];
  }
  const double second = x.size() > 2 && qq > 1e-12 ? qy / qq : 0;
  const double at = -mean / scale;
  return (first + second * (2 * at - s3 / s2)) / scale;
}

class Dispersion {
 public:
  explicit Dispersion(const Fibre& fibre) : fibre_(fibre) {
    if (fibre.dispersion_s_per_m2.size() == 1) return;
    std::vector<double> offset;
    std::vector<double> beta2;
    for (std::size_t i = 0; i < fibre.dispersion_s_per_m2.size(); ++i) {
      const double f = fibre.dispersion_frequency_hz[i];
      offset.push_back(f - fibre.reference_frequency_hz);
      beta2.push_back(beta2_of(fibre.dispersion_s_per_m2[i], f));
    }
    fitted_beta3_ = parabola_slope(offset, beta2) / kTwoPi;
  }

  [[nodiscard]] std::optional<double> beta2(double f) const {
    if (fibre_.dispersion_s_per_m2.size() > 1) {
      const auto d = interpolate(fibre_.dispersion_frequency_hz, fibre_.dispersion_s_per_m2, f);
      return d ? std::optional(beta2_of(*d, f)) : std::nullopt;
    }
    const double d = fibre_.dispersion_s_per_m2.front();
    const double reference = fibre_.dispersion_frequency_hz.front();
    if (!fibre_.dispersion_slope_s_per_m3) return beta2_of(d, reference);
    const double away = kSpeedOfLight / f - kSpeedOfLight / reference;
    return beta2_of(d + *fibre_.dispersion_slope_s_per_m3 * away, f);
  }

  [[nodiscard]] double beta3(double f, double beta2) const {
    if (fibre_.dispersion_s_per_m2.size() > 1) return fitted_beta3_;
    if (!fibre_.dispersion_slope_s_per_m3) return 0;
    const double per_omega = kTwoPi * f * f / kSpeedOfLight;
    const double bend = 2 * kTwoPi * f * f * f / (kSpeedOfLight * kSpeedOfLight) * beta2;
    return (*fibre_.dispersion_slope_s_per_m3 - bend) / (per_omega * per_omega);
  }

 private:
  const Fibre& fibre_;
  double fitted_beta3_ = 0;
};

}  // namespace

Result<std::vector<double>> attenuation_of(const Fibre& fibre,
                                           const std::vector<double>& frequency_hz) {
  std::vector<double> alpha;
  alpha.reserve(frequency_hz.size());
  for (const double f : frequency_hz) {
    const auto loss = fibre.loss_db_per_m_at(f);
    if (!loss) return outside("loss", fibre.loss_frequency_hz, f);
    alpha.push_back(*loss * std::numbers::ln10 / 10);
  }
  return alpha;
}

Result<FibreOptics> optics_of(const Fibre& fibre, const std::vector<double>& frequency_hz) {
  auto alpha = attenuation_of(fibre, frequency_hz);
  if (!alpha) return tl::unexpected(alpha.error());
  FibreOptics optics;
  optics.alpha_per_m = *std::move(alpha);
  const Dispersion dispersion(fibre);
  const double reference = fibre.reference_frequency_hz;
  for (const double f : frequency_hz) {
    const auto beta2 = dispersion.beta2(f);
    if (!beta2) return outside("dispersion", fibre.dispersion_frequency_hz, f);
    optics.beta2_s2_per_m.push_back(*beta2);
    const double area = physics::effective_area_m2(fibre.effective_area_m2, reference, f);
    optics.gamma_per_w_m.push_back(kTwoPi * kNonlinearIndex * f / (kSpeedOfLight * area));
    const double beta = *beta2 + kTwoPi * dispersion.beta3(f, *beta2) * (f - reference);
    const double per_length = -beta * kTwoPi * reference * reference / kSpeedOfLight;
    optics.dispersion_ps_per_nm.push_back(per_length * fibre.length_m * 1e3);
  }
  return optics;
}

double latency_s(const Fibre& fibre) {
  return physics::latency(kGroupIndex, Kilometers(fibre.length_m * 1e-3)).value();
}

}  // namespace caspilink::design
