#include "agent/simulator/noise.h"

#include <array>
#include <cmath>
#include <numbers>

namespace caspilink::simulator {
namespace {

std::uint64_t finalise(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// In (0, 1): never 0, so that its logarithm is finite.
double uniform(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53; }

}  // namespace

std::uint64_t mix(std::initializer_list<std::uint64_t> words) {
  std::uint64_t state = 0;
  for (const auto word : words) state = finalise(state ^ word);
  return state;
}

double normal(std::uint64_t key) {
  const double radius = std::sqrt(-2.0 * std::log(uniform(finalise(key))));
  return radius * std::cos(2.0 * std::numbers::pi * uniform(finalise(~key)));
}

double drift(std::uint64_t key, double seconds) {
  struct Wave {
    double period_s;
    double share;  // shares sum to 1
  };
  constexpr std::array<Wave, 3> kWaves = {{{173, 0.2}, {1087, 0.3}, {7219, 0.5}}};
  double sum = 0;
  for (std::size_t i = 0; i < kWaves.size(); ++i) {
    const double phase = uniform(mix({key, i}));
    const double period = kWaves[i].period_s * (0.8 + 0.4 * uniform(mix({key, i, 1})));
    sum += kWaves[i].share * std::sin(2.0 * std::numbers::pi * (seconds / period + phase));
  }
  return sum;
}

}  // namespace caspilink::simulator
