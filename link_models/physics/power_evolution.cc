#include "link_models/physics/power_evolution.h"

#include <algorithm>
#include <cmath>

namespace caspilink::physics {

double PowerEvolution::transmission(std::size_t channel) const {
  const auto power = of(channel);
  return power.front() > 0 ? power.back() / power.front() : 0.0;
}

double PowerEvolution::effective_length_m(std::size_t channel) const {
  const auto power = of(channel);
  if (!(power.front() > 0)) return 0;
  double sum = 0;
  for (std::size_t k = 0; k + 1 < power.size(); ++k) {
    const double from = power[k];
    if (!(from > 0)) break;
    const double change = power[k + 1] - from;
    // (b - a) / ln(b / a), which is a where they are equal.
    const double ratio = change / from;
    const double mean =
        std::abs(ratio) < 1e-6 ? from * (1 + ratio / 2) : change / std::log1p(ratio);
    sum += (z_m[k + 1] - z_m[k]) * mean;
  }
  return sum / power.front();
}

std::vector<double> profile_positions(double length_m, double resolution_m,
                                      std::span<const LumpedTransmission> losses) {
  std::vector<double> z;
  const auto whole = static_cast<std::size_t>(length_m / resolution_m);
  z.reserve(whole + 2 + 2 * losses.size());
  for (std::size_t k = 0; k <= whole; ++k) {
    const double at = static_cast<double>(k) * resolution_m;
    const bool is_loss = std::any_of(losses.begin(), losses.end(),
                                     [&](const auto& loss) { return loss.position_m == at; });
    if (at < length_m && !is_loss) {
      z.push_back(at);
    }
  }
  z.push_back(length_m);
  for (const auto& loss : losses) {
    z.insert(z.end(), 2, loss.position_m);
  }
  std::sort(z.begin(), z.end());
  return z;
}

PowerEvolution attenuated(std::span<const double> power_w, std::span<const double> alpha_per_m,
                          double length_m, std::span<const LumpedTransmission> losses) {
  PowerEvolution evolution;
  evolution.channels = power_w.size();
  evolution.z_m = profile_positions(length_m, length_m, losses);
  const auto& z = evolution.z_m;
  evolution.power_w.resize(power_w.size() * z.size());
  for (std::size_t i = 0; i < power_w.size(); ++i) {
    const auto power = evolution.of(i);
    double passed = 1;
    std::size_t loss = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
      if (k > 0 && z[k] == z[k - 1]) {
        passed *= losses[loss++].transmission;
      }
      power[k] = power_w[i] * std::exp(-alpha_per_m[i] * z[k]) * passed;
    }
  }
  return evolution;
}

PowerEvolution drawn_straight(const PowerEvolution& evolution, std::span<const double> alpha_per_m,
                              double resolution_m) {
  const auto& z = evolution.z_m;
  PowerEvolution finer;
  finer.channels = evolution.channels;
  std::vector<std::size_t> from{0};  // of each new place, the given one at or before it
  finer.z_m.push_back(z[0]);
  for (std::size_t k = 0; k + 1 < z.size(); ++k) {
    const double gap = z[k + 1] - z[k];
    const auto parts = static_cast<std::size_t>(std::ceil(gap / resolution_m));
    for (std::size_t p = 1; p < parts; ++p) {
      finer.z_m.push_back(z[k] + gap * static_cast<double>(p) / static_cast<double>(parts));
      from.push_back(k);
    }
    finer.z_m.push_back(z[k + 1]);
    from.push_back(k + 1);
  }
  finer.power_w.resize(finer.channels * finer.z_m.size());
  for (std::size_t c = 0; c < finer.channels; ++c) {
    const auto given = evolution.of(c);
    const auto power = finer.of(c);
    const double alpha = alpha_per_m[c];
    for (std::size_t n = 0; n < power.size(); ++n) {
      const std::size_t k = from[n];
      const double past = finer.z_m[n] - z[k];
      if (past == 0) {
        power[n] = given[k];
        continue;
      }
      const double gap = z[k + 1] - z[k];
      const double there = given[k + 1] * std::exp(alpha * gap);
      power[n] = (given[k] + (there - given[k]) * past / gap) * std::exp(-alpha * past);
    }
  }
  return finer;
}

}  // namespace caspilink::physics
