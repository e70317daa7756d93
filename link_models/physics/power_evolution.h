// The power of every channel along a stretch of fibre: what the Raman solvers find and the models
// of nonlinear interference integrate over.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace caspilink::physics {

// A loss at one place inside the fibre, as the share of power that passes it.
struct LumpedTransmission {
  double position_m = 0;    // within (0, length)
  double transmission = 1;  // linear, (0, 1]

  friend bool operator==(const LumpedTransmission&, const LumpedTransmission&) = default;
};

// Power in watts by channel and place. A place that stands twice in `z_m` is a step: the first
// entry holds the power before a lumped loss, the second the power behind it.
struct PowerEvolution {
  std::size_t channels = 0;
  std::vector<double> z_m;      // ascending, from 0 to the fibre's length
  std::vector<double> power_w;  // channel by channel, z_m.size() entries each

  [[nodiscard]] std::span<const double> of(std::size_t channel) const {
    return std::span(power_w).subspan(channel * z_m.size(), z_m.size());
  }
  [[nodiscard]] std::span<double> of(std::size_t channel) {
    return std::span(power_w).subspan(channel * z_m.size(), z_m.size());
  }
  // Power at the fibre's end over power at its beginning, linear; 0 for a channel without light.
  [[nodiscard]] double transmission(std::size_t channel) const;
  // Integral of power over the power at the beginning, in m, exponential between the places; 0 for
  // a channel without light.
  [[nodiscard]] double effective_length_m(std::size_t channel) const;
};

// Places to hold a profile at: every multiple of `resolution_m` below the length, the length, and
// each lumped loss twice. length_m and resolution_m > 0; losses ascending within (0, length).
[[nodiscard]] std::vector<double> profile_positions(double length_m, double resolution_m,
                                                    std::span<const LumpedTransmission> losses);

// The profile of fibre that only attenuates: power_w[i] exp(-alpha_per_m[i] z) and the losses, at
// the two ends and both sides of each loss.
[[nodiscard]] PowerEvolution attenuated(std::span<const double> power_w,
                                        std::span<const double> alpha_per_m, double length_m,
                                        std::span<const LumpedTransmission> losses);

// The profile drawn finer: at most `resolution_m` between places, with power over attenuation,
// P exp(alpha z), straight between those given. It is how GNPy reads a profile; where Raman pumps
// make power rise by many dB within one interval it differs from the exponential that the NLI
// models draw, and both from the truth.
[[nodiscard]] PowerEvolution drawn_straight(const PowerEvolution& evolution,
                                            std::span<const double> alpha_per_m,
                                            double resolution_m);

}  // namespace caspilink::physics
