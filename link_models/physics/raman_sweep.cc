#include "link_models/physics/raman_sweep.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "link_models/physics/exponentials.h"
#include "link_models/physics/vector_clones.h"
#include "link_models/units.h"

namespace caspilink::physics {
namespace {

constexpr double kBoltzmann = 1.380649e-23;  // J/K, exact (SI)
constexpr double kFirstStep = 500;           // m
// Keeps the cubic through the steps true: at 0.001 dB, and in proportion to the step to the fourth.
constexpr double kLongestStep = 6e3;       // m
constexpr double kStepErrorOfIt = 4.6e-6;  // nepers
constexpr double kAnyStep = 30e3;          // m
constexpr double kRunAway = 40;            // nepers; no fibre carries more
constexpr std::size_t kStages = 7;

// Dormand and Prince, J. Comp. Appl. Math. 6, 19 (1980): a 5th-order step whose last stage is the
// next one's first, with the error against an embedded 4th-order one.
constexpr std::array<std::array<double, 6>, kStages> kA{{
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
}};
constexpr std::array<double, kStages> kError{
    71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

// out_i += a k_i.
CASPILINK_VECTOR_CLONES
void add_scaled(const double* k, double a, std::size_t n, double* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] += a * k[i];
}

}  // namespace

RamanSweep::RamanSweep(const RamanInput& input, double step_error, int most_steps)
    : input_(input),
      n_(input.frequency_hz.size() + input.pumps.size()),
      channels_(input.frequency_hz.size()),
      step_error_(step_error),
      most_steps_(most_steps),
      longest_step_(kLongestStep * std::pow(step_error / kStepErrorOfIt, 0.25)),
      launch_(input.power_w.begin(), input.power_w.end()),
      alpha_(input.alpha_per_m.begin(), input.alpha_per_m.end()),
      sign_(n_, 1.0),
      spontaneous_(channels_ * input.pumps.size(), 0.0),
      power_(n_),
      gain_(n_) {
  for (const auto& pump : input.pumps) {
    if (pump.direction == PumpDirection::kCounterPropagating) {
      sign_[launch_.size()] = -1;
      counter_.push_back(launch_.size());
    }
    launch_.push_back(pump.power_w);
    alpha_.push_back(pump.alpha_per_m);
  }
  for (std::size_t i = 0; i < channels_; ++i) {
    for (std::size_t p = 0; p < input.pumps.size(); ++p) {
      const double above = input.pumps[p].frequency_hz - input.frequency_hz[i];
      if (above > 0) {
        const double phonons =
            1 / std::expm1(constants::kPlanck * above / (kBoltzmann * input.temperature_k));
        spontaneous_[i * input.pumps.size() + p] = 2 * constants::kPlanck * input.frequency_hz[i] *
                                                   input.bandwidth_hz[i] * (1 + phonons) *
                                                   (*input.coupling)(i, channels_ + p);
      }
    }
  }
}

void RamanSweep::scale_pumps(double scale) {
  for (std::size_t p = 0; p < input_.pumps.size(); ++p) {
    launch_[channels_ + p] = scale * input_.pumps[p].power_w;
  }
}

void RamanSweep::slope(const std::vector<double>& log_gain, std::vector<double>& out) {
  exponentials(log_gain, power_);
  for (std::size_t i = 0; i < n_; ++i) {
    power_[i] *= launch_[i];
  }
  input_.coupling->apply(power_, out);
  for (std::size_t i = 0; i < n_; ++i) {
    out[i] = sign_[i] * (out[i] - alpha_[i]);
  }
}

// Growth of the noise counted at the input: what arises at z, over the channel's gain up to there.
void RamanSweep::noise_slope(const std::vector<double>& log_gain, std::vector<double>& out) {
  const std::size_t pumps = input_.pumps.size();
  exponentials(log_gain, gain_);
  std::vector<double>& power = power_;
  for (std::size_t p = 0; p < pumps; ++p) {
    power[p] = launch_[channels_ + p] * gain_[channels_ + p];
  }
  for (std::size_t i = 0; i < channels_; ++i) {
    double sum = 0;
    for (std::size_t p = 0; p < pumps; ++p) {
      sum += spontaneous_[i * pumps + p] * power[p];
    }
    out[i] = sum / gain_[i];
  }
}

bool RamanSweep::stretch(double from, double to, std::vector<double>& y,
                         std::vector<RamanStep>* steps, std::vector<double>* noise) {
  std::array<std::vector<double>, kStages> k;
  std::array<std::vector<double>, kStages> arising;
  std::vector<double> next(n_);
  std::vector<double> missed(n_);
  // Only steps that are kept are drawn between.
  const double longest = steps != nullptr ? longest_step_ : std::max(longest_step_, kAnyStep);
  std::vector<double> trial_noise(channels_);
  for (std::size_t s = 0; s < kStages; ++s) {
    k[s].resize(n_);
    arising[s].resize(noise != nullptr ? channels_ : 0);
  }
  slope(y, k[0]);
  if (steps != nullptr) {
    steps->push_back({from, y, k[0]});
  }
  double z = from;
  while (z < to) {
    if (steps_left_-- <= 0) {
      return false;
    }
    const bool last = z + 1.001 * next_step_ >= to;
    const double h = last ? to - z : next_step_;
    if (noise != nullptr) {
      noise_slope(y, arising[0]);
    }
    for (std::size_t s = 1; s < kStages; ++s) {
      next = y;
      for (std::size_t r = 0; r < s; ++r) {
        if (kA[s][r] != 0) add_scaled(k[r].data(), h * kA[s][r], n_, next.data());
      }
      slope(next, k[s]);
      if (noise != nullptr) {
        noise_slope(next, arising[s]);
      }
    }
    std::fill(missed.begin(), missed.end(), 0.0);
    for (std::size_t s = 0; s < kStages; ++s) {
      if (kError[s] != 0) add_scaled(k[s].data(), h * kError[s] / step_error_, n_, missed.data());
    }
    double error = 0;  // in units of what a step may err by
    for (std::size_t i = 0; i < n_; ++i) {
      error = std::max(error, std::abs(missed[i]));
      if (!(next[i] < kRunAway)) {  // not a number, too
        error = HUGE_VAL;
      }
    }
    if (noise != nullptr) {
      for (std::size_t i = 0; i < channels_; ++i) {
        double gained = 0;
        double e = 0;
        for (std::size_t s = 0; s < kStages; ++s) {
          gained += (s < 6 ? kA[6][s] : 0.0) * arising[s][i];
          e += kError[s] * arising[s][i];
        }
        trial_noise[i] = (*noise)[i] + h * gained;
        // Noise adds to noise and signal: a tenth of the care is enough.
        if (trial_noise[i] > 0) {
          error = std::max(error, std::abs(h * e) / (10 * step_error_ * trial_noise[i]));
        }
      }
    }
    if (!(error <= 1)) {
      next_step_ = h * (std::isfinite(error) ? std::max(0.2, 0.9 * std::pow(error, -0.2)) : 0.2);
      if (next_step_ < 1e-3) {
        return false;
      }
      continue;
    }
    z = last ? to : z + h;
    y.swap(next);
    k[0].swap(k[6]);
    if (noise != nullptr) {
      noise->swap(trial_noise);
    }
    if (steps != nullptr) {
      steps->push_back({z, y, k[0]});
    }
    if (!last || error > 0.5) {
      next_step_ =
          std::min(longest, h * std::min(5.0, 0.9 * std::pow(std::max(error, 1e-4), -0.2)));
    }
  }
  return true;
}

bool RamanSweep::integrate(std::vector<double>& y, std::vector<RamanStep>* steps,
                           std::vector<double>* noise) {
  steps_left_ = most_steps_;
  next_step_ = kFirstStep;
  double from = 0;
  for (const auto& loss : input_.losses) {
    if (!stretch(from, loss.position_m, y, steps, noise)) {
      return false;
    }
    for (std::size_t i = 0; i < n_; ++i) {
      y[i] += sign_[i] * std::log(loss.transmission);
    }
    from = loss.position_m;
  }
  return stretch(from, input_.length_m, y, steps, noise);
}

std::optional<std::vector<double>> RamanSweep::run(std::span<const double> left) {
  std::vector<double> y(n_, 0.0);
  for (std::size_t c = 0; c < counter_.size(); ++c) {
    y[counter_[c]] = left[c];
  }
  if (!integrate(y, nullptr, nullptr)) {
    return std::nullopt;
  }
  return y;
}

bool RamanSweep::record(std::span<const double> left, std::vector<RamanStep>& steps,
                        std::vector<double>& ase_at_input_w) {
  std::vector<double> y(n_, 0.0);
  for (std::size_t c = 0; c < counter_.size(); ++c) {
    y[counter_[c]] = left[c];
  }
  steps.clear();
  ase_at_input_w.assign(channels_, 0.0);
  return integrate(y, &steps, &ase_at_input_w);
}

}  // namespace caspilink::physics
