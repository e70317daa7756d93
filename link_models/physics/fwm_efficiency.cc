#include "link_models/physics/fwm_efficiency.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "link_models/physics/vector_clones.h"

namespace caspilink::physics {
namespace {

using Complex = std::complex<double>;

constexpr double kWidths = 40;          // of the efficiency's peak, up to where tables reach
constexpr double kSlopes = 12;          // times the steepest gain or loss, likewise
constexpr double kStepsPerPeriod = 24;  // of the ripple that the fibre's end makes
constexpr double kStepsPerWidth = 10;
constexpr std::size_t kMostPoints = 40000;
constexpr double kSmall = 0.1;  // argument below which (exp(y) - 1) / y is summed as a series

// (exp(y) - 1) / y for |y| below some 0.2.
Complex growth(Complex y) {
  Complex sum = 1;
  for (int k = 9; k >= 2; --k) {
    sum = 1.0 + sum * y / static_cast<double>(k);
  }
  return sum;
}

double slope_between(std::span<const double> z, std::span<const double> p, std::size_t s) {
  return std::log(p[s + 1] / p[s]) / (z[s + 1] - z[s]);
}

// A place where power or its slope turns: an end of the fibre, a lumped loss, a profile's point.
struct Turn {
  double z = 0;
  double before = 0;  // power on either side, over that at the beginning; 0 outside the fibre
  double after = 0;
  double slope_before = 0;  // d ln p / dz
  double slope_after = 0;

  // What the turn adds to the integral at x, without its phase.
  [[nodiscard]] Complex amplitude(double x) const {
    return before / Complex(slope_before, x) - after / Complex(slope_after, x);
  }
};

std::vector<Turn> turns_of(std::span<const double> z, std::span<const double> p) {
  std::vector<Turn> turns{{.z = z[0]}};
  for (std::size_t k = 0; k + 1 < z.size(); ++k) {
    if (z[k + 1] == z[k]) {
      continue;
    }
    const double slope = slope_between(z, p, k);
    turns.back().after = p[k] / p[0];
    turns.back().slope_after = slope;
    turns.push_back({.z = z[k + 1], .before = p[k + 1] / p[0], .slope_before = slope});
  }
  return turns;
}

// One piece of a profile: power at its ends and cosines and sines of x z there.
struct Segment {
  double slope;
  double from;
  double to;
  const double* c0;
  const double* s0;
  const double* c1;
  const double* s1;
};

// (to exp(i x z1) - from exp(i x z0)) / (slope + i x) at x = k step, in reals so that the compiler
// takes several k at once.
CASPILINK_VECTOR_CLONES
void add_segment(const Segment& s, double step, int first, int count, double* real,
                 double* imaginary) {
  const double g = s.slope;
  const double from = s.from;
  const double to = s.to;
  for (int k = first; k < count; ++k) {
    const double x = k * step;
    const double a = to * s.c1[k] - from * s.c0[k];
    const double b = to * s.s1[k] - from * s.s0[k];
    const double scale = 1 / (g * g + x * x);
    real[k] += (a * g + b * x) * scale;
    imaginary[k] += (b * g - a * x) * scale;
  }
}

}  // namespace

double fwm_efficiency_m2(std::span<const double> z_m, std::span<const double> power,
                         double x_per_m) {
  Complex sum = 0;
  for (std::size_t s = 0; s + 1 < z_m.size(); ++s) {
    const double dz = z_m[s + 1] - z_m[s];
    if (dz > 0) {
      const Complex w(slope_between(z_m, power, s), x_per_m);
      const Complex from = std::polar(power[s] / power[0], x_per_m * z_m[s]);
      if (std::abs(w * dz) < kSmall) {
        sum += from * dz * growth(w * dz);
      } else {
        sum += (std::polar(power[s + 1] / power[0], x_per_m * z_m[s + 1]) - from) / w;
      }
    }
  }
  return std::norm(sum);
}

FwmGrid::FwmGrid(const PowerEvolution& profile) : profile_(&profile) {
  const auto& z = profile.z_m;
  double shortest = HUGE_VAL;
  double longest = 0;
  double steepest = 0;
  bool lit = false;
  for (std::size_t c = 0; c < profile.channels; ++c) {
    const auto p = profile.of(c);
    if (!(p[0] > 0)) {
      continue;
    }
    lit = true;
    const double effective = std::sqrt(fwm_efficiency_m2(z, p, 0));
    shortest = std::min(shortest, effective);
    longest = std::max(longest, effective);
    for (std::size_t s = 0; s + 1 < z.size(); ++s) {
      if (z[s + 1] > z[s]) {
        steepest = std::max(steepest, std::abs(slope_between(z, p, s)));
      }
    }
  }
  if (!lit) {
    return;
  }
  // Ripple between jumps of power that stand close together dies out late.
  double closest = z.back();
  double jump = 0;
  for (std::size_t k = 1; k < z.size(); ++k) {
    if (z[k] == z[k - 1] || k + 1 == z.size()) {
      closest = std::min(closest, z[k] - jump);
      jump = z[k];
    }
  }
  step_ =
      std::min(1 / (kStepsPerWidth * longest), 2 * std::numbers::pi / (kStepsPerPeriod * z.back()));
  const double end =
      std::max({kWidths / shortest, kSlopes * steepest, 10 / std::max(closest, 1.0)});
  count_ = std::min(kMostPoints, static_cast<std::size_t>(std::ceil(end / step_)) + 1);
  cosine_.resize(z.size() * count_);
  sine_.resize(z.size() * count_);
  for (std::size_t k = 0; k < z.size(); ++k) {
    // exp(i n step z) by multiplication, begun afresh before rounding adds up.
    Complex phasor;
    const Complex turn = std::polar(1.0, step_ * z[k]);
    for (std::size_t n = 0; n < count_; ++n) {
      phasor = n % 64 == 0 ? std::polar(1.0, static_cast<double>(n) * step_ * z[k]) : phasor * turn;
      cosine_[k * count_ + n] = phasor.real();
      sine_[k * count_ + n] = phasor.imag();
    }
  }
}

FwmEfficiency::FwmEfficiency(const FwmGrid& grid, std::size_t channel)
    : per_step_(1 / grid.step_), end_(grid.step_ * static_cast<double>(grid.count_ - 1)) {
  const auto z = std::span<const double>(grid.profile_->z_m);
  const auto p = grid.profile_->of(channel);
  const std::size_t count = grid.count_;
  std::vector<double> real(count, 0.0);
  std::vector<double> imaginary(count, 0.0);
  for (std::size_t s = 0; s + 1 < z.size(); ++s) {
    const double dz = z[s + 1] - z[s];
    if (!(dz > 0)) {
      continue;
    }
    const double g = slope_between(z, p, s);
    const double from = p[s] / p[0];
    const double to = p[s + 1] / p[0];
    const double* const c0 = grid.cosine_.data() + s * count;
    const double* const s0 = grid.sine_.data() + s * count;
    const double* const c1 = c0 + count;
    const double* const s1 = s0 + count;
    std::size_t n = 0;
    for (; n < count; ++n) {
      const Complex y(g * dz, static_cast<double>(n) * grid.step_ * dz);
      if (std::abs(y) >= kSmall) {
        break;
      }
      const Complex part = from * dz * growth(y) * Complex(c0[n], s0[n]);
      real[n] += part.real();
      imaginary[n] += part.imag();
    }
    add_segment({.slope = g, .from = from, .to = to, .c0 = c0, .s0 = s0, .c1 = c1, .s1 = s1},
                grid.step_, static_cast<int>(n), static_cast<int>(count), real.data(),
                imaginary.data());
  }
  // K in place of the real part, then C by a rule of order 4 that sees K's evenness at 0.
  for (std::size_t n = 0; n < count; ++n) {
    real[n] = real[n] * real[n] + imaginary[n] * imaginary[n];
  }
  effective_length_ = std::sqrt(real[0]);
  table_.resize(2 * count);
  double integral = 0;
  for (std::size_t n = 0; n < count; ++n) {
    table_[2 * n] = integral;
    table_[2 * n + 1] = grid.step_ * real[n];
    if (n + 1 < count) {
      const double before = n == 0 ? real[1] : real[n - 1];
      const double beyond = n + 2 < count ? real[n + 2] : 2 * real[n + 1] - real[n];
      integral += grid.step_ / 24 * (13 * (real[n] + real[n + 1]) - before - beyond);
    }
  }
  const auto turns = turns_of(z, p);
  std::vector<Complex> sent;  // by each turn, phase and all, at the table's end
  sent.reserve(turns.size());
  double ripple = 0;  // integral from the table's end to infinity, leading order
  for (std::size_t j = 0; j < turns.size(); ++j) {
    const auto& turn = turns[j];
    const double jump = turn.before - turn.after;
    const double bend = turn.before * turn.slope_after - turn.after * turn.slope_before;
    const double slopes =
        turn.slope_before * turn.slope_before + turn.slope_after * turn.slope_after;
    first_ += jump * jump;
    third_ += (bend * bend - jump * jump * slopes) / 3;
    const Complex here = turn.amplitude(end_) * std::polar(1.0, end_ * turn.z);
    for (std::size_t k = 0; k < j; ++k) {
      // The real part of a figure over i times a distance is its imaginary part over the distance.
      const double across = here.imag() * sent[k].real() - here.real() * sent[k].imag();
      ripple -= 2 * across / (turn.z - turns[k].z);
    }
    sent.push_back(here);
  }
  whole_ = integral + ripple + first_ / end_ + third_ / (end_ * end_ * end_);
}

double FwmEfficiency::integral(double x) const {
  if (x >= end_) {
    const double inverse = 1 / x;
    return whole_ - inverse * (first_ + third_ * inverse * inverse);
  }
  const double t = x * per_step_;
  const auto n = static_cast<int>(t);
  const double f = t - n;
  const double* const at = table_.data() + 2 * static_cast<std::size_t>(n);
  const double change = at[2] - at[0];
  // Hermite's cubic through C with its slope K.
  return at[0] +
         f * (at[1] + f * (3 * change - 2 * at[1] - at[3] + f * (at[1] + at[3] - 2 * change)));
}

}  // namespace caspilink::physics
