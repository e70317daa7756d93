// How well four-wave mixing builds up along a fibre at a phase mismatch, tabulated with its
// integral: the inner kernel of the generalised GN model.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "link_models/physics/power_evolution.h"

namespace caspilink::physics {

// Phase mismatches x (1/m) at which tables are held, and exp(i x z) at a profile's places. Shared
// by all channels of one profile.
class FwmGrid {
 public:
  // Fine and wide enough for every channel with light in the profile.
  explicit FwmGrid(const PowerEvolution& profile);

  [[nodiscard]] double step_per_m() const { return step_; }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  friend class FwmEfficiency;

  const PowerEvolution* profile_;
  double step_ = 0;
  std::size_t count_ = 0;
  std::vector<double> cosine_;  // place by place
  std::vector<double> sine_;
};

// K(x) = |integral of p(z) exp(i x z) dz|^2 in m2, p(z) = P(z)/P(0) of one channel taken as
// exponential between the profile's places, and its integral C(x) from 0 to x in m. Both come from
// one table with cubics between its points; beyond the table, where K falls as 1/x^2, C follows
// from what the ends of the fibre and the lumped losses send back, less the ripple between them.
// Relative error of C below 1e-5.
class FwmEfficiency {
 public:
  FwmEfficiency() = default;
  // The channel carries light. Keeps nothing of the grid but its step.
  FwmEfficiency(const FwmGrid& grid, std::size_t channel);

  // x >= 0.
  [[nodiscard]] double integral(double x) const;
  // Odd in x.
  [[nodiscard]] double signed_integral(double x) const {
    return x < 0 ? -integral(-x) : integral(x);
  }
  // K at a point of the grid, n < count.
  [[nodiscard]] double at_point(std::size_t n) const { return table_[2 * n + 1] * per_step_; }
  // Effective length in m: sqrt K(0).
  [[nodiscard]] double effective_length_m() const { return effective_length_; }

 private:
  double per_step_ = 0;          // 1 / step
  double end_ = 0;               // x of the last point
  double effective_length_ = 0;  // m
  double whole_ = 0;             // C at infinity
  double first_ = 0;             // C = whole - first / x - third / x^3 beyond the table
  double third_ = 0;
  std::vector<double> table_;  // C and step K, point by point
};

// K at one x by plain summation: slow, for checks and for curves outside the table's use.
[[nodiscard]] double fwm_efficiency_m2(std::span<const double> z_m, std::span<const double> power,
                                       double x_per_m);

}  // namespace caspilink::physics
