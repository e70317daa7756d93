#include "link_models/physics/isrs_gn.h"

#include <cmath>
#include <numbers>
#include <string>

namespace caspilink::physics {
namespace {

constexpr double kPi = std::numbers::pi;

Result<void> check(const IsrsGnFibre& fibre, const IsrsGnLight& light) {
  const auto invalid = [](std::string detail) {
    return fail(ErrorCode::kInvalidInput, "ISRS GN", std::move(detail));
  };
  const std::size_t n = light.offset_hz.size();
  if (n == 0 || light.bandwidth_hz.size() != n || light.power_w.size() != n) {
    return invalid("expected bandwidth and power of every channel");
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!(light.bandwidth_hz[i] > 0) || !(light.power_w[i] > 0)) {
      return invalid("expected bandwidth and power above 0 of channel " + std::to_string(i + 1));
    }
    if (fibre.beta2_s2_per_m + 2 * kPi * fibre.beta3_s3_per_m * light.offset_hz[i] == 0) {
      return invalid("expected dispersion other than 0 at channel " + std::to_string(i + 1));
    }
  }
  if (!(fibre.alpha_per_m > 0) || !(fibre.alpha_bar_per_m > 0) || !(fibre.span_length_m > 0) ||
      fibre.spans < 1) {
    return invalid("expected attenuation and length above 0 and at least one span");
  }
  return {};
}

}  // namespace

Result<std::vector<double>> isrs_gn_efficiency(const IsrsGnFibre& fibre, const IsrsGnLight& light) {
  if (auto checked = check(fibre, light); !checked) {
    return tl::unexpected(checked.error());
  }
  const std::size_t n = light.offset_hz.size();
  const double a = fibre.alpha_per_m;
  const double bar = fibre.alpha_bar_per_m;
  const double sum = a + bar;
  const double gamma2 = fibre.gamma_per_w_m * fibre.gamma_per_w_m;
  double total = 0;
  for (const double power : light.power_w) {
    total += power;
  }
  // How scattering bends the profile of a channel: (alpha + alpha_bar - P C_r f)^2.
  const auto tilt = [&](std::size_t k) {
    const double t = sum - total * fibre.raman_slope_per_w_m_hz * light.offset_hz[k];
    return t * t;
  };
  const double spans = fibre.spans;
  std::vector<double> eta(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double f = light.offset_hz[i];
    const double b = light.bandwidth_hz[i];
    const double beta = fibre.beta2_s2_per_m + 2 * kPi * fibre.beta3_s3_per_m * f;
    const double phi = 1.5 * kPi * kPi * beta;
    const double t = tilt(i);
    double self = 4.0 / 9 * gamma2 / (b * b) * kPi / (phi * bar * (sum + a)) *
                  ((t - a * a) / a * std::asinh(phi * b * b / (kPi * a)) +
                   (sum * sum - t) / sum * std::asinh(phi * b * b / (kPi * sum)));
    if (fibre.coherent) {
      const double reach = std::asinh(kPi * kPi / 2 * std::abs(beta) / a * b * b);
      const double epsilon = 0.3 * std::log1p(6 / (a * fibre.span_length_m * reach));
      self *= std::pow(spans, epsilon);
    }
    double cross = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (k == i || light.offset_hz[k] == f) {
        continue;
      }
      const double offset = light.offset_hz[k] - f;
      const double phi_ik =
          2 * kPi * kPi * offset *
          (fibre.beta2_s2_per_m + kPi * fibre.beta3_s3_per_m * (f + light.offset_hz[k]));
      const double ratio = light.power_w[k] / light.power_w[i];
      const double tk = tilt(k);
      cross += ratio * ratio / (light.bandwidth_hz[k] * phi_ik) *
               ((tk - a * a) / a * std::atan(phi_ik * b / a) +
                (sum * sum - tk) / sum * std::atan(phi_ik * b / sum));
    }
    cross *= 32.0 / 27 * gamma2 / (bar * (sum + a));
    eta[i] = spans * (self + cross);
  }
  return eta;
}

}  // namespace caspilink::physics
