// Meets the boundary values of pumps that enter a fibre at its end: the middle part of solve_raman.
#pragma once

#include <optional>
#include <vector>

#include "link_models/physics/raman_sweep.h"

namespace caspilink::physics {

// Finds what is left at z = 0 of the pumps that enter at the end: Newton's method on what sweeps
// from there miss their launch power by, its Jacobian kept up by Broyden's updates.
class Shooting {
 public:
  using Vector = std::vector<double>;

  // Keeps a reference to `sweep`. `tolerance` is the largest miss allowed, in nepers.
  Shooting(RamanSweep& sweep, double tolerance) : sweep_(sweep), tolerance_(tolerance) {}

  // `left` (ln of power over launch power, pump by pump) is the guess and becomes the answer; false
  // where it is not found. Begins with the given Jacobian where there is one.
  [[nodiscard]] bool solve(Vector& left, Vector jacobian = {});

  [[nodiscard]] int sweeps() const { return sweeps_; }
  [[nodiscard]] Vector& jacobian() { return jacobian_; }
  [[nodiscard]] const Vector& miss() const { return miss_; }  // of the last solve, in nepers
  [[nodiscard]] double largest_miss() const;

 private:
  std::optional<Vector> missed(const Vector& left);
  bool differentiate(const Vector& left);
  bool advance(Vector& left, Vector step);

  RamanSweep& sweep_;
  double tolerance_;
  int sweeps_ = 0;
  Vector jacobian_;  // by rows
  Vector miss_;
};

}  // namespace caspilink::physics
