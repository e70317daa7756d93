#include "link_models/physics/band_overlap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace caspilink::physics {
namespace {

constexpr double kPi = std::numbers::pi;

// Gauss-Legendre on [-1, 1], eight points: the positive ones, mirrored.
constexpr std::array<double, 4> kNode{0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                      0.9602898564975363};
constexpr std::array<double, 4> kWeight{0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                        0.1012285362903763};

template <typename Function>
double gauss(double from, double to, const Function& f) {
  const double middle = (from + to) / 2;
  const double half = (to - from) / 2;
  double sum = 0;
  for (std::size_t k = 0; k < kNode.size(); ++k) {
    sum += kWeight[k] * (f(middle - half * kNode[k]) + f(middle + half * kNode[k]));
  }
  return half * sum;
}

// A few places within an interval, in order: where an integrand turns.
template <std::size_t N>
class Panels {
 public:
  Panels(double from, double to) : from_(from), to_(to) {
    place_[count_++] = from;
    place_[count_++] = to;
  }
  void cut(double at) {
    if (at > from_ && at < to_) {
      place_[count_++] = at;
    }
  }
  template <typename Function>
  double sum(const Function& panel) {
    std::sort(place_.begin(), place_.begin() + count_);
    double total = 0;
    for (std::ptrdiff_t k = 0; k + 1 < count_; ++k) {
      const double from = place_[static_cast<std::size_t>(k)];
      const double to = place_[static_cast<std::size_t>(k) + 1];
      if (to > from) {
        total += panel(from, to);
      }
    }
    return total;
  }

 private:
  double from_;
  double to_;
  std::ptrdiff_t count_ = 0;
  std::array<double, N> place_;
};

// Integral over the second frequency with the first `u` off the pump's centre.
class InnerIntegral {
 public:
  InnerIntegral(const FwmEfficiency& efficiency, const MixingPair& pair)
      : efficiency_(efficiency), cut_(pair.cut), pump_(pair.pump) {}

  double operator()(double u, double mismatch_slope) const {
    const double low = std::max(-cut_.stop(), -u - pump_.stop());
    const double high = std::min(cut_.stop(), -u + pump_.stop());
    if (!(high > low)) {
      return 0;
    }
    const auto weight = [&](double d) { return cut_.value(d) * pump_.value(u + d); };
    const auto integral = [&](double d) { return efficiency_.signed_integral(mismatch_slope * d); };
    // By parts: the bounds, where a spectrum without roll-off ends sharply, and the sloping edges.
    double total = 0;
    if (const double w = weight(high); w > 0) {
      total += w * integral(high);
    }
    if (const double w = weight(low); w > 0) {
      total -= w * integral(low);
    }
    Panels<16> panels(low, high);
    panels.cut(-cut_.pass());
    panels.cut(cut_.pass());
    panels.cut(-u - pump_.pass());
    panels.cut(-u + pump_.pass());
    // C turns from -whole to +whole within some widths of 0.
    const double width = 1 / (mismatch_slope * efficiency_.effective_length_m());
    panels.cut(0);
    for (const double widths : {1.0, 4.0}) {
      panels.cut(-widths * width);
      panels.cut(widths * width);
    }
    total -= panels.sum([&](double from, double to) {
      const double middle = (from + to) / 2;
      const bool flat = std::abs(middle) < cut_.pass() && std::abs(u + middle) < pump_.pass();
      return flat ? 0.0 : gauss(from, to, [&](double d) {
        const double slope =
            cut_.slope(d) * pump_.value(u + d) + cut_.value(d) * pump_.slope(u + d);
        return slope * integral(d);
      });
    });
    return total / mismatch_slope;
  }

 private:
  const FwmEfficiency& efficiency_;
  BandShape cut_;
  BandShape pump_;
};

}  // namespace

double BandShape::value(double offset) const {
  const double beyond = std::abs(offset) - pass();
  // A sharp edge belongs to the band, however it was rounded.
  if (beyond <= 1e-9 * baud_hz) {
    return 1;
  }
  return beyond < roll_off * baud_hz ? (1 + std::cos(kPi * beyond / (roll_off * baud_hz))) / 2 : 0;
}

double BandShape::slope(double offset) const {
  const double beyond = std::abs(offset) - pass();
  const double width = roll_off * baud_hz;
  if (!(beyond > 0) || !(beyond < width)) {
    return 0;
  }
  return std::copysign(kPi / (2 * width) * std::sin(kPi * beyond / width), -offset);
}

double MixingPair::mismatch_slope(double u) const {
  const double d1 = offset_hz + u;
  return std::abs(4 * kPi * kPi * d1 * (beta2_s2_per_m + kPi * beta3_s3_per_m * d1));
}

double whole_band_psi(const FwmEfficiency& efficiency, const MixingPair& pair) {
  const InnerIntegral inner(efficiency, pair);
  const double stop = pair.pump.stop();
  const double pass = pair.pump.pass();
  Panels<40> panels(-stop, stop);
  panels.cut(-pass);
  panels.cut(0);
  panels.cut(pass);
  for (const double edge : {stop - pair.cut.stop(), pass - pair.cut.pass()}) {
    panels.cut(edge);
    panels.cut(-edge);
  }
  const double per_m_hz2 = 4 * kPi * kPi * std::abs(pair.beta2_s2_per_m);
  const double length = efficiency.effective_length_m();
  // The pump's edge passes the channel's centre within widths of its own edge ...
  const double width = 1 / (pair.mismatch_slope(0) * length);
  // ... and the mismatch itself turns where the two frequencies meet.
  const double scale = 1 / (per_m_hz2 * pair.cut.stop() * length);
  panels.cut(-pair.offset_hz);
  for (const double widths : {1.0, 4.0, 16.0}) {
    panels.cut(pass - widths * width);
    panels.cut(-pass + widths * width);
    panels.cut(-pair.offset_hz - widths * scale);
    panels.cut(-pair.offset_hz + widths * scale);
  }
  return panels.sum([&](double from, double to) {
    return gauss(from, to, [&](double u) {
      const double slope = pair.mismatch_slope(u);
      return slope > 0 ? pair.pump.value(u) * inner(u, slope) : 0.0;
    });
  });
}

double two_line_psi(const FwmEfficiency& efficiency, const MixingPair& pair) {
  double sum = 0;
  for (const double u : {-pair.pump.stop(), pair.pump.stop()}) {
    const double slope = pair.mismatch_slope(u);
    if (slope > 0) {
      sum += efficiency.integral(slope * pair.cut.stop()) / slope;
    }
  }
  return sum * pair.pump.baud_hz;
}

double distant_pump_hz(double beta2_s2_per_m, double pump_baud_hz) {
  return 5 * 50e9 * (32e9 / pump_baud_hz) * (21.3e-27 / std::abs(beta2_s2_per_m));
}

}  // namespace caspilink::physics
