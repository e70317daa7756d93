#include "link_models/physics/q_factor.h"

#include <cmath>
#include <numbers>

namespace caspilink::physics {
namespace {

using plant::ModulationFormat;

// BER = coefficient * erfc(sqrt(snr / divisor)).
struct ErrorCurve {
  double coefficient;
  double divisor;
};

ErrorCurve curve_of(ModulationFormat format) {
  switch (format) {
    case ModulationFormat::kDpQpsk:
      return {0.5, 2};
    case ModulationFormat::kDp16Qam:
      return {0.375, 10};
  }
  return {0.5, 2};
}

}  // namespace

double inverse_erfc(double y) {
  const double below_one = y < 1 ? y : 2 - y;
  // Abramowitz and Stegun 26.2.23 to begin with, then Halley's method on erfc itself, which
  // triples the digits each time.
  const double t = std::sqrt(-2 * std::log(below_one / 2));
  double x = -0.70711 * ((2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)) - t);
  for (int step = 0; step < 2; ++step) {
    const double error = std::erfc(x) - below_one;
    x += error / (2 * std::numbers::inv_sqrtpi * std::exp(-x * x) - x * error);
  }
  return y < 1 ? x : -x;
}

double bit_error_ratio(ModulationFormat format, double snr) {
  const ErrorCurve curve = curve_of(format);
  return curve.coefficient * std::erfc(std::sqrt(snr / curve.divisor));
}

double required_snr(ModulationFormat format, double ber) {
  const ErrorCurve curve = curve_of(format);
  const double x = inverse_erfc(ber / curve.coefficient);
  return curve.divisor * x * x;
}

Db q_from_ber(double ber) { return 2 * to_db(std::numbers::sqrt2 * inverse_erfc(2 * ber)); }

double ber_from_q(Db q) { return 0.5 * std::erfc(std::sqrt(to_linear(q) / 2)); }

Db q_from_snr(ModulationFormat format, double snr) {
  const ErrorCurve curve = curve_of(format);
  if (curve.coefficient == 0.5) return to_db(2 * snr / curve.divisor);
  // Far out erfc underflows and its coefficient no longer shifts Q.
  constexpr double kFarOut = 25;
  const double x = std::sqrt(snr / curve.divisor);
  if (x > kFarOut) return to_db(2 * x * x);
  return q_from_ber(curve.coefficient * std::erfc(x));
}

Db to_reference_bandwidth(Db snr, Hertz baud_rate) {
  return snr + to_db(baud_rate / constants::kOsnrReferenceBandwidth);
}

Db combine_q(Db line, Db terminal) {
  return to_db(1 / (1 / to_linear(line) + 1 / to_linear(terminal)));
}

}  // namespace caspilink::physics
