#include "link_models/physics/raman.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <utility>

#include "link_models/physics/raman_sweep.h"

namespace caspilink::physics {
namespace {

constexpr double kNepersPerDb = std::numbers::ln10 / 10;
constexpr int kMostIterations = 40;
constexpr double kLargestCorrection = 1.5;  // nepers, of any pump in one iteration

using Vector = std::vector<double>;

// Solves a x = b by elimination with pivots; a is n x n by rows. False where a is singular.
bool solve_linear(Vector a, Vector& b) {
  const std::size_t n = b.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c + 1; r < n; ++r) {
      if (std::abs(a[r * n + c]) > std::abs(a[pivot * n + c])) {
        pivot = r;
      }
    }
    if (!(std::abs(a[pivot * n + c]) > 1e-12)) {
      return false;
    }
    for (std::size_t k = 0; k < n; ++k) {
      std::swap(a[c * n + k], a[pivot * n + k]);
    }
    std::swap(b[c], b[pivot]);
    for (std::size_t r = c + 1; r < n; ++r) {
      const double factor = a[r * n + c] / a[c * n + c];
      for (std::size_t k = c; k < n; ++k) {
        a[r * n + k] -= factor * a[c * n + k];
      }
      b[r] -= factor * b[c];
    }
  }
  for (std::size_t c = n; c-- > 0;) {
    for (std::size_t k = c + 1; k < n; ++k) {
      b[c] -= a[c * n + k] * b[k];
    }
    b[c] /= a[c * n + c];
  }
  return true;
}

double largest(const Vector& v) {
  double most = 0;
  for (const double x : v) {
    most = std::max(most, std::abs(x));
  }
  return most;
}

// Finds what is left at z = 0 of the pumps that enter at the end.
class Shooting {
 public:
  Shooting(RamanSweep& sweep, double tolerance) : sweep_(sweep), tolerance_(tolerance) {}

  int sweeps() const { return sweeps_; }
  Vector& jacobian() { return jacobian_; }
  const Vector& miss() const { return miss_; }

  // `left` is the guess and becomes the answer; false where it is not found.
  // Begins with the given Jacobian where there is one.
  bool solve(Vector& left, Vector jacobian = {}) {
    jacobian_ = std::move(jacobian);
    auto miss = missed(left);
    for (int tries = 0; !miss && tries < 30; ++tries) {
      // Too much pump was guessed at z = 0: it grows without bound on its way back.
      for (double& l : left) {
        l -= 1;
      }
      miss = missed(left);
    }
    if (!miss) {
      return false;
    }
    miss_ = *miss;
    bool fresh = false;
    for (int iteration = 0; iteration < kMostIterations; ++iteration) {
      if (largest(miss_) <= tolerance_) {
        return true;
      }
      if (jacobian_.empty()) {
        if (!differentiate(left)) {
          return false;
        }
        fresh = true;
      }
      Vector step = miss_;
      if (!solve_linear(jacobian_, step)) {
        return false;
      }
      const double damp = std::min(1.0, kLargestCorrection / largest(step));
      for (double& s : step) {
        s *= -damp;
      }
      if (advance(left, step)) {
        fresh = false;
      } else if (fresh) {
        return false;
      } else {
        jacobian_.clear();
      }
    }
    return false;
  }

 private:
  // ln of the power each counter-propagating pump has at the end over its launch power.
  std::optional<Vector> missed(const Vector& left) {
    ++sweeps_;
    const auto at_end = sweep_.run(left);
    if (!at_end) {
      return std::nullopt;
    }
    Vector miss;
    for (const std::size_t wave : sweep_.counter()) {
      miss.push_back((*at_end)[wave]);
    }
    return miss;
  }

  bool differentiate(const Vector& left) {
    const std::size_t n = left.size();
    jacobian_.assign(n * n, 0.0);
    for (std::size_t c = 0; c < n; ++c) {
      Vector moved = left;
      moved[c] -= 1e-3;
      const auto miss = missed(moved);
      if (!miss) {
        return false;
      }
      for (std::size_t r = 0; r < n; ++r) {
        jacobian_[r * n + c] = (miss_[r] - (*miss)[r]) / 1e-3;
      }
    }
    return true;
  }

  // Takes the step or a part of it that lessens the miss; updates the Jacobian (Broyden).
  bool advance(Vector& left, Vector step) {
    const std::size_t n = left.size();
    for (int halvings = 0; halvings < 8; ++halvings) {
      Vector moved = left;
      for (std::size_t c = 0; c < n; ++c) {
        moved[c] += step[c];
      }
      const auto miss = missed(moved);
      if (miss && largest(*miss) < largest(miss_)) {
        double squared = 0;
        for (const double s : step) {
          squared += s * s;
        }
        for (std::size_t r = 0; r < n; ++r) {
          double predicted = miss_[r];
          for (std::size_t c = 0; c < n; ++c) {
            predicted += jacobian_[r * n + c] * step[c];
          }
          for (std::size_t c = 0; c < n; ++c) {
            jacobian_[r * n + c] += ((*miss)[r] - predicted) * step[c] / squared;
          }
        }
        left = moved;
        miss_ = *miss;
        return true;
      }
      for (double& s : step) {
        s /= 2;
      }
    }
    return false;
  }

  RamanSweep& sweep_;
  double tolerance_;  // nepers
  int sweeps_ = 0;
  Vector jacobian_;  // by rows
  Vector miss_;
};

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
  // Some fifty steps err one way at worst.
  RamanSweep sweep(input, allowed / 50, tolerance.most_steps);
  Shooting shooting(sweep, allowed / 10);
  Vector left = first_guess(input);
  bool found = false;
  if (input.start != nullptr && input.start->left.size() == left.size()) {
    Vector known = input.start->left;
    found = shooting.solve(known, input.start->jacobian);
    if (found) left = known;
  }
  if (!found) found = shooting.solve(left);
  if (!found) {
    left = first_guess(input);
    for (const double scale : {0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0}) {
      sweep.scale_pumps(scale);
      found = shooting.solve(left);
      if (!found) {
        return not_converged(input, shooting, sweep);
      }
    }
  }
  std::vector<RamanStep> steps;
  RamanSolution solution;
  if (!sweep.record(left, steps, solution.ase_at_input_w)) {
    return not_converged(input, shooting, sweep);
  }
  solution.start = {left, std::move(shooting.jacobian())};
  solution.sweeps = shooting.sweeps() + 1;
  solution.boundary_error_db = largest(shooting.miss()) / kNepersPerDb;
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
