// Signals and Raman pumps in one fibre: the coupled power equations as a boundary-value problem,
// and the spontaneous noise that Raman gain brings.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "link_models/physics/power_evolution.h"
#include "link_models/physics/raman_gain.h"
#include "link_models/result.h"

namespace caspilink::physics {

enum class PumpDirection {
  kCoPropagating,       // launched with the signals, at z = 0
  kCounterPropagating,  // launched at the fibre's end
};

struct RamanPump {
  double frequency_hz = 0;
  double power_w = 0;      // inside the fibre, where the pump enters; > 0
  double alpha_per_m = 0;  // attenuation at the pump's frequency, > 0
  PumpDirection direction = PumpDirection::kCounterPropagating;

  friend bool operator==(const RamanPump&, const RamanPump&) = default;
};

// Where a solution began its sweeps, so that a like fibre can be solved from there in fewer.
struct RamanStart {
  std::vector<double> left;      // ln of what is left of each counter-propagating pump at z = 0
  std::vector<double> jacobian;  // of what they miss at the end, by rows

  friend bool operator==(const RamanStart&, const RamanStart&) = default;
};

struct RamanInput {
  // One entry a channel, inside the fibre at z = 0.
  std::span<const double> frequency_hz;
  std::span<const double> power_w;       // all that the channel carries, >= 0
  std::span<const double> alpha_per_m;   // > 0
  std::span<const double> bandwidth_hz;  // in which noise is counted: the symbol rate
  std::span<const RamanPump> pumps;      // any number, in any order; none is allowed
  // Of the channels, then the pumps in the order given: RamanCoupling over all frequencies.
  const RamanCoupling* coupling = nullptr;
  double length_m = 0;                         // > 0
  double temperature_k = 283;                  // of the fibre, > 0
  std::span<const LumpedTransmission> losses;  // ascending within (0, length)
  const RamanStart* start = nullptr;           // of a solution with as many such pumps, or none
};

struct RamanTolerance {
  double power_db = 1e-3;  // error of any power at any place, (0, 1]
  int most_steps = 20000;  // along the fibre, before giving up
};

struct RamanSolution {
  PowerEvolution channels;
  PowerEvolution pumps;  // in the order given
  // Spontaneous Raman noise of each channel in its bandwidth, both polarisations, at the fibre's
  // end and as if it had entered at its beginning (divided by the channel's transmission).
  std::vector<double> ase_at_end_w;
  std::vector<double> ase_at_input_w;
  RamanStart start;
  int sweeps = 0;                // integrations of the fibre it took
  double boundary_error_db = 0;  // largest miss of a counter-propagating pump's launch power
};

// Solves +-dP_i/dz = P_i (-alpha_i + sum_j C_ij P_j), + for what enters at z = 0 and - for what
// enters at the end, on the logarithms of power by Dormand and Prince's 5(4) pair under step
// control, with steps ending at lumped losses. Counter-propagating pumps meet their launch power by
// shooting on what is left of them at z = 0: Newton's method, kept up by Broyden's updates, and in
// stages of pump power where full power does not converge at once. Noise of channel i grows along
// the fibre by
//   2 h f_i B_i (1 + 1/(exp(h (f_p - f_i) / kT) - 1)) C_ip P_p
// for each pump p above it in frequency, and is amplified as the channel is.
// z_m: places to report, ascending from 0 to length_m, each lumped loss twice.
// kInvalidInput for sizes that do not match and figures out of range; kNotConverged where no
// solution is found, with the pump that misses most.
[[nodiscard]] Result<RamanSolution> solve_raman(const RamanInput& input,
                                                std::span<const double> z_m,
                                                const RamanTolerance& tolerance = {});

}  // namespace caspilink::physics
