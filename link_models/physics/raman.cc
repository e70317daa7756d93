#include "link_models/physics/raman.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "link_models/physics/raman_shooting.h"
#include "link_models/physics/raman_sweep.h"

namespace caspilink::physics {
namespace {

constexpr double kNepersPerDb = std::numbers::ln10 / 10;

// Fifty steps may err one way, and the boundary is met on sweeps that err likewise.
constexpr double kStepsThatAddUp = 100;

using Vector = std::vector<double>;

// Attenuation alone.
Vector first_guess(const RamanInput& input) {
  Vector left;
  double lost = 0;
  for (const auto& loss : input.losses) {
    lost += std::log(loss.transmission);
  }
  for (const auto& pump : input.pumps) {
    if (pump.direction == PumpDirection::kCounterPropagating) {
      left.push_back(lost - pump.alpha_per_m * input.length_m);
    }
  }
  return left;
}

// From a solution of a like fibre.
bool solve_from(const RamanStart& start, Shooting& shooting, Vector& left) {
  Vector known = start.left;
  if (!shooting.solve(known, start.jacobian)) return false;
  left = known;
  return true;
}

// At full pump power at once, or where that fails in steps of it.
bool solve_in_stages(RamanSweep& sweep, Shooting& shooting, const Vector& guess, Vector& left) {
  left = guess;
  if (shooting.solve(left)) return true;
  left = guess;
  for (const double scale : {0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0}) {
    sweep.scale_pumps(scale);
    if (!shooting.solve(left)) return false;
  }
  return true;
}

constexpr std::size_t kFewWaves = 8;
constexpr std::size_t kManyWaves = 3 * kFewWaves;  // from where few of them save time

// Channels in kFewWaves groups of neighbours in frequency.
struct Groups {
  std::vector<std::size_t> of_wave;  // channels, then pumps, each of which is one of its own
  Vector share;                      // of a wave in its group's power
  std::vector<double> frequency_hz;
  std::vector<double> power_w;
  std::vector<double> alpha_per_m;
  std::vector<double> bandwidth_hz;

  explicit Groups(const RamanInput& input) {
    const std::size_t n = input.frequency_hz.size();
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return input.frequency_hz[a] < input.frequency_hz[b];
    });
    of_wave.resize(n + input.pumps.size());
    share.assign(n + input.pumps.size(), 1.0);
    for (std::size_t g = 0; g < kFewWaves; ++g) {
      const std::size_t begin = g * n / kFewWaves;
      const std::size_t end = (g + 1) * n / kFewWaves;
      double total = 0;
      for (std::size_t k = begin; k < end; ++k) total += input.power_w[order[k]];
      double frequency = 0;
      double alpha = 0;
      for (std::size_t k = begin; k < end; ++k) {
        const std::size_t i = order[k];
        of_wave[i] = g;
        share[i] = total > 0 ? input.power_w[i] / total : 1 / static_cast<double>(end - begin);
        frequency += share[i] * input.frequency_hz[i];
        alpha += share[i] * input.alpha_per_m[i];
      }
      frequency_hz.push_back(frequency);
      power_w.push_back(total);
      alpha_per_m.push_back(alpha);
      bandwidth_hz.push_back(0);
    }
    for (std::size_t p = 0; p < input.pumps.size(); ++p) of_wave[n + p] = kFewWaves + p;
  }
};

// Where shooting begins. Pumps hardly tell neighbouring channels apart: solved with few waves at a
// fraction of the time, what is left of them is right to hundredths of a decibel.
std::optional<RamanStart> start_with_few_waves(const RamanInput& input,
                                               const RamanTolerance& tolerance) {
  if (input.frequency_hz.size() < kManyWaves) return std::nullopt;
  const Groups groups(input);
  const RamanCoupling coupling =
      input.coupling->grouped(groups.of_wave, groups.share, kFewWaves + input.pumps.size());
  RamanInput few = input;
  few.frequency_hz = groups.frequency_hz;
  few.power_w = groups.power_w;
  few.alpha_per_m = groups.alpha_per_m;
  few.bandwidth_hz = groups.bandwidth_hz;
  few.coupling = &coupling;
  const double allowed = tolerance.power_db * kNepersPerDb;
  RamanSweep sweep(few, allowed / kStepsThatAddUp, tolerance.most_steps);
  Shooting shooting(sweep, allowed / 10);
  RamanStart start;
  if (!solve_in_stages(sweep, shooting, first_guess(few), start.left)) return std::nullopt;
  start.jacobian = std::move(shooting.jacobian());
  return start;
}

tl::unexpected<Error> not_converged(const RamanInput& input, const Shooting& shooting,
                                    const RamanSweep& sweep) {
  std::string detail = "no solution found for this pump plan";
  const auto& miss = shooting.miss();
  if (!miss.empty()) {
    const auto worst = std::max_element(
        miss.begin(), miss.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    const auto c = static_cast<std::size_t>(worst - miss.begin());
    const std::size_t pump = sweep.counter()[c] - input.frequency_hz.size();
    detail += ": pump " + std::to_string(pump + 1) + " at " +
              std::to_string(input.pumps[pump].frequency_hz * 1e-12) +
              " THz misses its launch power by " + std::to_string(std::abs(*worst) / kNepersPerDb) +
              " dB";
  }
  return fail(ErrorCode::kNotConverged, "Raman solver", detail + "; lower the pumps' power");
}

Result<void> check(const RamanInput& input, std::span<const double> z_m,
                   const RamanTolerance& tolerance) {
  const auto invalid = [](std::string detail) {
    return fail(ErrorCode::kInvalidInput, "Raman solver", std::move(detail));
  };
  const std::size_t n = input.frequency_hz.size();
  if (n == 0 || input.power_w.size() != n || input.alpha_per_m.size() != n ||
      input.bandwidth_hz.size() != n) {
    return invalid("expected power, attenuation and bandwidth of every channel");
  }
  if (input.coupling == nullptr || input.coupling->size() != n + input.pumps.size()) {
    return invalid("expected the coupling of all channels and pumps");
  }
  for (std::size_t p = 0; p < input.pumps.size(); ++p) {
    const auto& pump = input.pumps[p];
    if (!(pump.power_w > 0) || !std::isfinite(pump.power_w) || !(pump.alpha_per_m > 0) ||
        !(pump.frequency_hz > 0)) {
      return invalid("expected power, attenuation and frequency above 0 of pump " +
                     std::to_string(p + 1));
    }
  }
  if (!(input.length_m > 0) || !(input.temperature_k > 0)) {
    return invalid("expected a length and a temperature above 0");
  }
  if (!(tolerance.power_db > 0) || tolerance.power_db > 1) {
    return invalid("expected a tolerance within (0, 1] dB");
  }
  if (z_m.empty() || z_m.front() != 0 || z_m.back() != input.length_m ||
      !std::is_sorted(z_m.begin(), z_m.end())) {
    return invalid("expected places to report to ascend from 0 to the fibre's length");
  }
  return {};
}

// Cubic between steps from gains and slopes; `steps` holds a place twice where loss is lumped.
void report(const std::vector<RamanStep>& steps, std::span<const double> z_m, std::size_t first,
            std::span<const double> launch, PowerEvolution& out) {
  out.channels = launch.size();
  out.z_m.assign(z_m.begin(), z_m.end());
  out.power_w.resize(launch.size() * z_m.size());
  std::size_t s = 0;
  for (std::size_t k = 0; k < z_m.size(); ++k) {
    const bool far_side = k > 0 && z_m[k] == z_m[k - 1];
    // The step that ends at the place or first beyond it; of a loss, the near side comes first.
    while (s + 1 < steps.size() &&
           (steps[s].z_m < z_m[k] || (far_side && steps[s + 1].z_m == z_m[k]))) {
      ++s;
    }
    const auto& b = steps[s];
    const auto& a = steps[s > 0 && b.z_m > z_m[k] ? s - 1 : s];
    const double h = b.z_m - a.z_m;
    const double t = h > 0 ? (z_m[k] - a.z_m) / h : 1.0;
    for (std::size_t i = 0; i < launch.size(); ++i) {
      const std::size_t w = first + i;
      const double change = b.log_gain[w] - a.log_gain[w];
      const double log_gain = b.log_gain[w] - (1 - t) * (1 - t) * (1 + 2 * t) * change +
                              h * t * (1 - t) * ((1 - t) * a.slope[w] - t * b.slope[w]);
      out.power_w[i * z_m.size() + k] = launch[i] * std::exp(log_gain);
    }
  }
}

}  // namespace

Result<RamanSolution> solve_raman(const RamanInput& input, std::span<const double> z_m,
                                  const RamanTolerance& tolerance) {
  if (auto checked = check(input, z_m, tolerance); !checked) {
    return tl::unexpected(checked.error());
  }
  const double allowed = tolerance.power_db * kNepersPerDb;
  RamanSweep sweep(input, allowed / kStepsThatAddUp, tolerance.most_steps);
  Shooting shooting(sweep, allowed / 10);
  Vector left = first_guess(input);
  bool found = false;
  if (input.start != nullptr && input.start->left.size() == left.size()) {
    found = solve_from(*input.start, shooting, left);
  }
  if (!found) {
    if (const auto start = start_with_few_waves(input, tolerance)) {
      found = solve_from(*start, shooting, left);
    }
  }
  if (!found && !solve_in_stages(sweep, shooting, first_guess(input), left)) {
    return not_converged(input, shooting, sweep);
  }
  std::vector<RamanStep> steps;
  RamanSolution solution;
  if (!sweep.record(left, steps, solution.ase_at_input_w)) {
    return not_converged(input, shooting, sweep);
  }
  solution.start = {left, std::move(shooting.jacobian())};
  solution.sweeps = shooting.sweeps() + 1;
  solution.boundary_error_db = shooting.largest_miss() / kNepersPerDb;
  report(steps, z_m, 0, input.power_w, solution.channels);
  Vector launch;
  for (const auto& pump : input.pumps) {
    launch.push_back(pump.power_w);
  }
  report(steps, z_m, input.frequency_hz.size(), launch, solution.pumps);
  solution.ase_at_end_w = solution.ase_at_input_w;
  const auto& end = steps.back().log_gain;
  for (std::size_t i = 0; i < solution.ase_at_end_w.size(); ++i) {
    solution.ase_at_end_w[i] *= std::exp(end[i]);
  }
  return solution;
}

}  // namespace caspilink::physics
