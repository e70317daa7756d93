#include "link_models/physics/ropa.h"

#include <algorithm>
#include <cmath>

#include "link_models/physics/amplifier.h"

namespace caspilink::physics {
namespace {

using Point = plant::RopaPumping::Point;

Point small_signal(const std::vector<Point>& response, Milliwatts pump) {
  const auto above =
      std::upper_bound(response.begin(), response.end(), pump,
                       [](Milliwatts p, const Point& point) { return p < point.pump; });
  if (above == response.begin()) return response.front();
  if (above == response.end()) return response.back();
  const auto below = above - 1;
  const double part = (pump - below->pump) / (above->pump - below->pump);
  return {pump, below->gain + part * (above->gain - below->gain),
          below->noise_figure + part * (above->noise_figure - below->noise_figure)};
}

// x of x = g0 (1 - (e^x - 1) s), within (0, g0]: what is left of the gain g0, in nepers.
double saturated(double g0, double s) {
  double low = 0;
  double high = g0;
  for (int halvings = 0; halvings < 100 && high - low > 1e-15 * g0; ++halvings) {
    const double middle = (low + high) / 2;
    (middle < g0 * (1 - std::expm1(middle) * s) ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

PumpedGain pumped_gain(const plant::RopaPumping& pumping, Milliwatts arriving_pump,
                       const SpectralState& input) {
  const Milliwatts pump = arriving_pump * to_linear(-pumping.pump_loss);
  const Point point = small_signal(pumping.response, pump);
  PumpedGain result{point.gain, point.gain, point.noise_figure};
  const double g0 = std::log(to_linear(point.gain));
  if (!(g0 > 0)) return result;
  Milliwatts entering = total_power(input);
  for (std::size_t i = 0; i < input.size(); ++i) {
    entering += input_referred_ase(point.noise_figure, Hertz(input.frequency_hz[i]),
                                   Hertz(input.baud_rate_hz[i]));
  }
  result.gain = to_db(std::exp(saturated(g0, entering / (pumping.conversion_efficiency * pump))));
  return result;
}

}  // namespace caspilink::physics
