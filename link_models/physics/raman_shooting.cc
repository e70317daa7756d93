#include "link_models/physics/raman_shooting.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace caspilink::physics {
namespace {

constexpr int kMostIterations = 40;
constexpr double kLargestCorrection = 1.5;  // nepers, of any pump in one iteration

using Vector = Shooting::Vector;

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

}  // namespace

double Shooting::largest_miss() const { return largest(miss_); }

bool Shooting::solve(Vector& left, Vector jacobian) {
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

// ln of the power each counter-propagating pump has at the end over its launch power.
std::optional<Vector> Shooting::missed(const Vector& left) {
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

bool Shooting::differentiate(const Vector& left) {
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
bool Shooting::advance(Vector& left, Vector step) {
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

}  // namespace caspilink::physics
