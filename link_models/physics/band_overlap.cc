#include "link_models/physics/band_overlap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace caspilink::physics {
namespace {

constexpr double kPi = std::numbers::pi;

// Gauss-Legendre on [-1, 1] with six points: the positive ones, mirrored. Four err by 2e-4, eight
// by 1e-9 at twice the time.
constexpr std::array<double, 3> kNode{0.2386191860831969, 0.6612093864662645, 0.9324695142031521};
constexpr std::array<double, 3> kWeight{0.4679139345726910, 0.3607615730481386, 0.1713244923791704};

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

// Of |y| <= pi / 2, by their series to 1e-13: the library's take most of the time otherwise.
constexpr auto series(double first) {  // (-1)^k first! / (first + 2 k)!
  std::array<double, 10> term{1};
  for (std::size_t k = 1; k < term.size(); ++k) {
    const double n = first + 2 * static_cast<double>(k);
    term[k] = -term[k - 1] / (n * (n - 1));
  }
  return term;
}
constexpr auto kSine = series(1);
constexpr auto kCosine = series(0);

// Estrin's scheme: by pairs, of which several are under way at once.
double even_series(const std::array<double, 10>& c, double q) {
  const double q2 = q * q;
  const double q4 = q2 * q2;
  const double low = (c[0] + c[1] * q) + (c[2] + c[3] * q) * q2;
  const double high = (c[4] + c[5] * q) + (c[6] + c[7] * q) * q2;
  return low + (high + (c[8] + c[9] * q) * q4) * q4;
}

struct SineCosine {
  double sine;
  double cosine;
};
SineCosine sine_and_cosine(double y) {
  const double q = y * y;
  return {even_series(kSine, q) * y, even_series(kCosine, q)};
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
    std::sort(place_.data(), place_.data() + count_);
    double total = 0;
    for (std::size_t k = 0; k + 1 < count_; ++k) {
      const double from = place_[k];
      const double to = place_[k + 1];
      if (to > from) {
        total += panel(from, to);
      }
    }
    return total;
  }

 private:
  double from_;
  double to_;
  std::size_t count_ = 0;
  std::array<double, N> place_;
};

// The falling edge of a spectrum as offsets from its centre with weights that sum to 1: an integral
// of minus its slope.
struct EdgePoints {
  static constexpr std::size_t kHalf = kNode.size();

  explicit EdgePoints(const BandShape& shape) {
    const double middle = (shape.pass() + shape.stop()) / 2;
    const double half = (shape.stop() - shape.pass()) / 2;
    double sum = 0;
    for (std::size_t k = 0; k < offset.size(); ++k) {
      const double node = k < kHalf ? kNode[k] : -kNode[k - kHalf];
      offset[k] = middle + half * node;
      weight[k] = kWeight[k % kHalf] * sine_and_cosine(kPi / 2 * node).cosine;
      sum += weight[k];
    }
    for (double& w : weight) {
      w /= sum;
    }
  }

  std::array<double, 2 * kHalf> offset{};
  std::array<double, 2 * kHalf> weight{};
};

// Integral over the second frequency d with the first `u` off the pump's centre:
// of cut(d) pump(u + d) K(slope d).
class InnerIntegral {
 public:
  InnerIntegral(const FwmEfficiency& efficiency, const MixingPair& pair)
      : efficiency_(efficiency),
        cut_(pair.cut),
        pump_(pair.pump),
        cut_edge_(pair.cut),
        pump_edge_(pair.pump) {}

  double operator()(double u, double mismatch_slope) const {
    const double width = 1 / (mismatch_slope * efficiency_.effective_length_m());
    const Place high = place_of_cut_edge(u);
    const Place low = place_of_cut_edge(-u);
    const Place pump_high = place_of_pump_edge(-u, width);
    const Place pump_low = place_of_pump_edge(u, width);
    if (high == Place::kMixed || low == Place::kMixed || pump_high == Place::kMixed ||
        pump_low == Place::kMixed) {
      return mixed(u, mismatch_slope, width);
    }
    // By parts: an edge of one spectrum within the flat of the other adds its weighted C.
    double total = 0;
    const double twice = (high == Place::kFlat ? 1 : 0) + (low == Place::kFlat ? 1 : 0);
    if (twice > 0) {
      total += twice * along(cut_edge_, 0, mismatch_slope);
    }
    if (pump_high == Place::kFlat) {
      total += along(pump_edge_, -u, mismatch_slope);
    }
    if (pump_low == Place::kFlat) {
      total += along(pump_edge_, u, mismatch_slope);
    }
    return total / mismatch_slope;
  }

 private:
  // Where an edge of one spectrum meets the other.
  enum class Place { kFlat, kOutside, kMixed };

  // The cut's upper edge with the pump's centre at -u.
  Place place_of_cut_edge(double u) const {
    const double from = u + cut_.pass();
    const double to = u + cut_.stop();
    if (from >= pump_.stop() || to <= -pump_.stop()) {
      return Place::kOutside;
    }
    return from >= -pump_.pass() && to <= pump_.pass() ? Place::kFlat : Place::kMixed;
  }
  // The pump's upper edge with the pump's centre at `centre`; mixed, too, near d = 0 where C turns.
  Place place_of_pump_edge(double centre, double width) const {
    const double from = centre + pump_.pass();
    const double to = centre + pump_.stop();
    if (from >= cut_.stop() || to <= -cut_.stop()) {
      return Place::kOutside;
    }
    const bool turns = from < 4 * width && to > -4 * width;
    return from >= -cut_.pass() && to <= cut_.pass() && !turns ? Place::kFlat : Place::kMixed;
  }

  double along(const EdgePoints& edge, double centre, double mismatch_slope) const {
    double sum = 0;
    for (std::size_t k = 0; k < edge.offset.size(); ++k) {
      sum +=
          edge.weight[k] * efficiency_.signed_integral(mismatch_slope * (centre + edge.offset[k]));
    }
    return sum;
  }

  // The same where edges overlap: between all their ends, both spectra sampled.
  double mixed(double u, double mismatch_slope, double width) const {
    const double low = std::max(-cut_.stop(), -u - pump_.stop());
    const double high = std::min(cut_.stop(), -u + pump_.stop());
    if (!(high > low)) {
      return 0;
    }
    const auto weight = [&](double d) { return cut_.value(d) * pump_.value(u + d); };
    const auto integral = [&](double d) { return efficiency_.signed_integral(mismatch_slope * d); };
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
    panels.cut(0);
    for (const double widths : {1.0, 4.0}) {
      panels.cut(-widths * width);
      panels.cut(widths * width);
    }
    total -= panels.sum([&](double from, double to) {
      const double middle = (from + to) / 2;
      const bool flat = std::abs(middle) < cut_.pass() && std::abs(u + middle) < pump_.pass();
      return flat ? 0.0 : gauss(from, to, [&](double d) {
        const auto c = cut_.at(d);
        const auto p = pump_.at(u + d);
        return (c.slope * p.value + c.value * p.slope) * integral(d);
      });
    });
    return total / mismatch_slope;
  }

  const FwmEfficiency& efficiency_;
  BandShape cut_;
  BandShape pump_;
  EdgePoints cut_edge_;
  EdgePoints pump_edge_;
};

}  // namespace

BandShape::Point BandShape::at(double offset) const {
  const double beyond = std::abs(offset) - pass();
  const double width = roll_off * baud_hz;
  // A sharp edge belongs to the band, however it was rounded.
  if (beyond <= 1e-9 * baud_hz) {
    return {1, 0};
  }
  if (!(beyond < width)) {
    return {0, 0};
  }
  const auto [sine, cosine] = sine_and_cosine(kPi * (beyond / width - 0.5));
  return {(1 - sine) / 2, std::copysign(kPi / (2 * width) * cosine, -offset)};
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
  // Likewise where the slope of dispersion takes it through zero between them.
  if (pair.beta3_s3_per_m != 0) {
    const double d1 = -pair.beta2_s2_per_m / (kPi * pair.beta3_s3_per_m);
    const double turn =
        1 / (4 * kPi * kPi * std::abs(d1 * kPi * pair.beta3_s3_per_m) * pair.cut.stop() * length);
    panels.cut(d1 - pair.offset_hz);
    for (const double widths : {1.0, 4.0, 16.0}) {
      panels.cut(d1 - pair.offset_hz - widths * turn);
      panels.cut(d1 - pair.offset_hz + widths * turn);
    }
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
    const double length = efficiency.effective_length_m();
    sum += slope > 0 ? efficiency.integral(slope * pair.cut.stop()) / slope
                     : length * length * pair.cut.stop();
  }
  return sum * pair.pump.baud_hz;
}

double distant_pump_hz(double beta2_s2_per_m, double pump_baud_hz) {
  return 5 * 50e9 * (32e9 / pump_baud_hz) * (21.3e-27 / std::abs(beta2_s2_per_m));
}

}  // namespace caspilink::physics
