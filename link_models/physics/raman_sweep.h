// One integration of the coupled Raman equations along a fibre from known powers at its beginning:
// the inner part of solve_raman.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "link_models/physics/raman.h"

namespace caspilink::physics {

// Where a sweep stood at a step's end: `log_gain` is ln P_i(z) / P_i(launch), with its slope.
struct RamanStep {
  double z_m = 0;
  std::vector<double> log_gain;
  std::vector<double> slope;  // per m
};

class RamanSweep {
 public:
  // Keeps a reference to `input`.
  RamanSweep(const RamanInput& input, double step_error, int most_steps);

  // Channels, then pumps.
  [[nodiscard]] std::size_t waves() const { return n_; }
  // Indices among all waves of the counter-propagating pumps, in order.
  [[nodiscard]] const std::vector<std::size_t>& counter() const { return counter_; }

  void scale_pumps(double scale);

  // Integrates from z = 0, where the counter-propagating pumps have `left`: ln of their power over
  // their launch power. Returns ln P / launch power of every wave at the end; nothing where powers
  // run away or steps run out.
  [[nodiscard]] std::optional<std::vector<double>> run(std::span<const double> left);
  // The same, keeping every step and the noise: noise at input in watts.
  [[nodiscard]] bool record(std::span<const double> left, std::vector<RamanStep>& steps,
                            std::vector<double>& ase_at_input_w);

 private:
  void slope(const std::vector<double>& log_gain, std::vector<double>& out);
  void noise_slope(const std::vector<double>& log_gain, std::vector<double>& out);
  bool integrate(std::vector<double>& y, std::vector<RamanStep>* steps, std::vector<double>* noise);
  bool stretch(double from, double to, std::vector<double>& y, std::vector<RamanStep>* steps,
               std::vector<double>* noise);

  const RamanInput& input_;
  std::size_t n_;
  std::size_t channels_;
  double step_error_;  // nepers
  int most_steps_;
  double longest_step_;  // m
  int steps_left_ = 0;
  double next_step_ = 0;  // m, carried over lumped losses
  std::vector<double> launch_;
  std::vector<double> alpha_;
  std::vector<double> sign_;
  std::vector<std::size_t> counter_;
  std::vector<double> spontaneous_;  // channel by channel, a coefficient a pump, 1/m
  std::vector<double> power_;        // kept to save allocations
  std::vector<double> gain_;
};

}  // namespace caspilink::physics
