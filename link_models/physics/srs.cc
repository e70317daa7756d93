#include "link_models/physics/srs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace caspilink::physics {
namespace {

constexpr int kMaximumOrder = 4;
constexpr double kLongestPanel = 8e3;  // m

// Coefficients of exp(g1 + g2 + ...) by order, less its constant: what one order's profile adds to
// the power that drives the next.
double expanded(int order, const std::array<double, kMaximumOrder + 1>& g) {
  switch (order) {
    case 1:
      return g[1];
    case 2:
      return g[2] + g[1] * g[1] / 2;
    default:
      return g[3] + g[1] * g[2] + g[1] * g[1] * g[1] / 6;
  }
}

// The logarithmic gain over loss of a stretch without lumped losses, at distances from its start.
class Stretch {
 public:
  Stretch(const SrsInput& input, std::span<const double> power, int order)
      : input_(input), power_(power), order_(order), n_(power.size()) {}

  // exponent[i * places + k] = ln P_i(distance[k]) / P_i(0).
  void exponents(std::span<const double> distance, std::vector<double>& exponent) const {
    const auto [low, high] =
        std::minmax_element(input_.alpha_per_m.begin(), input_.alpha_per_m.end());
    if (*high - *low <= 1e-12 * *high) {
      even(distance, exponent);
    } else {
      uneven(distance, exponent);
    }
  }

 private:
  // One attenuation for all: gamma_m = s_m L_eff^m, because dL_eff = exp(-alpha z) dz.
  void even(std::span<const double> distance, std::vector<double>& exponent) const {
    const double alpha = input_.alpha_per_m.front();
    std::vector<std::array<double, kMaximumOrder + 1>> s(n_);
    std::vector<double> drive(power_.begin(), power_.end());
    std::vector<double> pushed(n_);
    for (int m = 1; m <= order_; ++m) {
      input_.coupling->apply(drive, pushed);
      for (std::size_t i = 0; i < n_; ++i) {
        s[i][static_cast<std::size_t>(m)] = pushed[i] / m;
        drive[i] = m < order_ ? power_[i] * expanded(m, s[i]) : 0;
      }
    }
    const std::size_t places = distance.size();
    for (std::size_t k = 0; k < places; ++k) {
      const double effective = -std::expm1(-alpha * distance[k]) / alpha;
      for (std::size_t i = 0; i < n_; ++i) {
        double series = 0;
        for (int m = order_; m >= 1; --m) {
          series = (series + s[i][static_cast<std::size_t>(m)]) * effective;
        }
        exponent[i * places + k] = series - alpha * distance[k];
      }
    }
  }

  // Attenuation by channel: the same sums with the integrals along z done panel by panel.
  void uneven(std::span<const double> distance, std::vector<double>& exponent) const;

  const SrsInput& input_;
  std::span<const double> power_;
  int order_;
  std::size_t n_;
};

// Gauss-Legendre collocation on [0, 1] with three nodes: to each node, and to the end.
constexpr double kRoot15 = 3.872983346207417;
constexpr std::array<double, 3> kNode{0.5 - kRoot15 / 10, 0.5, 0.5 + kRoot15 / 10};
constexpr std::array<double, 3> kWeight{5.0 / 18, 4.0 / 9, 5.0 / 18};
constexpr std::array<std::array<double, 3>, 3> kToNode{{
    {5.0 / 36, 2.0 / 9 - kRoot15 / 15, 5.0 / 36 - kRoot15 / 30},
    {5.0 / 36 + kRoot15 / 24, 2.0 / 9, 5.0 / 36 - kRoot15 / 24},
    {5.0 / 36 + kRoot15 / 30, 2.0 / 9 + kRoot15 / 15, 5.0 / 36},
}};

void Stretch::uneven(std::span<const double> distance, std::vector<double>& exponent) const {
  // Panel ends: every place asked for, and places between where those stand far apart.
  std::vector<double> ends{0.0};
  std::vector<std::size_t> place_of_end(1, distance.size());
  for (std::size_t k = 0; k < distance.size(); ++k) {
    const double from = ends.back();
    const double gap = distance[k] - from;
    const auto panels = static_cast<std::size_t>(std::ceil(gap / kLongestPanel));
    for (std::size_t p = 1; p < panels; ++p) {
      ends.push_back(from + gap * static_cast<double>(p) / static_cast<double>(panels));
      place_of_end.push_back(distance.size());
    }
    if (panels == 0) {
      place_of_end.back() = k;
    } else {
      ends.push_back(distance[k]);
      place_of_end.push_back(k);
    }
  }
  // Four points a panel: three nodes and its end. The start has point 0 to itself.
  const std::size_t points = 4 * (ends.size() - 1) + 1;
  const auto at = [&](std::size_t panel, std::size_t node) {
    const double width = ends[panel + 1] - ends[panel];
    return node == 3 ? ends[panel + 1] : ends[panel] + kNode[node] * width;
  };
  using Orders = std::array<double, kMaximumOrder + 1>;
  std::vector<Orders> gamma(points * n_);  // point by point
  std::vector<double> decay(points * n_, 1.0);
  std::vector<double> drive(points * n_, 0.0);
  for (std::size_t panel = 0; panel + 1 < ends.size(); ++panel) {
    for (std::size_t node = 0; node < 4; ++node) {
      const std::size_t point = 1 + 4 * panel + node;
      for (std::size_t i = 0; i < n_; ++i) {
        const double alpha = input_.alpha_per_m[i];
        decay[point * n_ + i] = std::exp(-alpha * at(panel, node));
        drive[point * n_ + i] = power_[i] * (1 - decay[point * n_ + i]) / alpha;
      }
    }
  }
  std::vector<double> pushed(n_);
  for (int m = 1; m <= order_; ++m) {
    for (std::size_t point = 1; point < points; ++point) {
      input_.coupling->apply(std::span(drive).subspan(point * n_, n_), pushed);
      for (std::size_t i = 0; i < n_; ++i) {
        gamma[point * n_ + i][static_cast<std::size_t>(m)] = pushed[i];
      }
    }
    if (m == order_) {
      break;
    }
    std::vector<double> so_far(n_, 0.0);
    for (std::size_t panel = 0; panel + 1 < ends.size(); ++panel) {
      const double width = ends[panel + 1] - ends[panel];
      const std::size_t first = 1 + 4 * panel;
      for (std::size_t i = 0; i < n_; ++i) {
        std::array<double, 3> slope{};
        for (std::size_t node = 0; node < 3; ++node) {
          const std::size_t index = (first + node) * n_ + i;
          slope[node] = decay[index] * expanded(m, gamma[index]);
        }
        for (std::size_t node = 0; node < 4; ++node) {
          const auto& weight = node == 3 ? kWeight : kToNode[node];
          const double gained = weight[0] * slope[0] + weight[1] * slope[1] + weight[2] * slope[2];
          drive[(first + node) * n_ + i] = power_[i] * (so_far[i] + width * gained);
        }
        so_far[i] +=
            width * (kWeight[0] * slope[0] + kWeight[1] * slope[1] + kWeight[2] * slope[2]);
      }
    }
  }
  for (std::size_t end = 0; end < ends.size(); ++end) {
    const std::size_t k = place_of_end[end];
    if (k == distance.size()) {
      continue;
    }
    const std::size_t point = 4 * end;  // the end of the panel before; 0 for the start
    for (std::size_t i = 0; i < n_; ++i) {
      double sum = -input_.alpha_per_m[i] * ends[end];
      for (int m = 1; m <= order_; ++m) {
        sum += gamma[point * n_ + i][static_cast<std::size_t>(m)];
      }
      exponent[i * distance.size() + k] = sum;
    }
  }
}

}  // namespace

Result<PowerEvolution> perturbative_srs(const SrsInput& input, int order,
                                        std::span<const double> z_m) {
  const std::size_t n = input.power_w.size();
  if (order < 1 || order > kMaximumOrder) {
    return fail(ErrorCode::kInvalidInput, "perturbative SRS",
                "expected an order from 1 to 4, got " + std::to_string(order));
  }
  if (n == 0 || input.alpha_per_m.size() != n || input.coupling == nullptr ||
      input.coupling->size() != n) {
    return fail(ErrorCode::kInvalidInput, "perturbative SRS",
                "expected one attenuation and one row of coupling a channel");
  }
  PowerEvolution evolution;
  evolution.channels = n;
  evolution.z_m.assign(z_m.begin(), z_m.end());
  evolution.power_w.resize(n * z_m.size());
  std::vector<double> power(input.power_w.begin(), input.power_w.end());
  std::size_t first = 0;
  double start = 0;
  for (std::size_t loss = 0; loss <= input.losses.size(); ++loss) {
    const bool last = loss == input.losses.size();
    const double end = last ? input.length_m : input.losses[loss].position_m;
    std::vector<double> distance;
    for (std::size_t k = first; k < z_m.size() && z_m[k] <= end; ++k) {
      if (!distance.empty() && z_m[k] == z_m[k - 1]) {
        break;  // the far side of the loss
      }
      distance.push_back(z_m[k] - start);
    }
    if (distance.empty() || z_m[first + distance.size() - 1] != end) {
      return fail(ErrorCode::kInvalidInput, "perturbative SRS",
                  "expected places to report to include the fibre's end and both sides of every "
                  "lumped loss");
    }
    std::vector<double> exponent(n * distance.size());
    Stretch(input, power, order).exponents(distance, exponent);
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = evolution.of(i);
      for (std::size_t k = 0; k < distance.size(); ++k) {
        row[first + k] = power[i] * std::exp(exponent[i * distance.size() + k]);
      }
      power[i] = row[first + distance.size() - 1] * (last ? 1.0 : input.losses[loss].transmission);
    }
    first += distance.size();
    start = end;
  }
  return evolution;
}

}  // namespace caspilink::physics
