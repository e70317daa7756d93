// The channels a network carries and how their propagation is computed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/units.h"

namespace caspilink::design {

// A channel as its transmitter sends it.
struct LaunchedChannel {
  Hertz frequency;
  Hertz baud_rate;
  Hertz slot_width;  // >= baud_rate
  double roll_off = 0;
  Dbm power;
  Db transmitter_osnr;     // in 12.5 GHz
  Db equalisation_offset;  // over the level ROADMs equalise to
  std::string label;       // of the group it belongs to

  friend bool operator==(const LaunchedChannel&, const LaunchedChannel&) = default;
};

// The library's own load: its band filled at its spacing, f_min + i spacing from i = 1. `power`
// replaces the reference power; where the library states a transmitter power, that is launched.
[[nodiscard]] std::vector<LaunchedChannel> fill(const ReferenceSpectrum& light, Dbm power);

enum class ScatteringMethod { kPerturbative, kNumerical };
enum class InterferenceMethod { kGnAnalytic, kGgnSpectrallySeparated, kGgnApproximate };

struct Simulation {
  bool scattering = false;  // stimulated Raman scattering between channels, and Raman pumps
  ScatteringMethod method = ScatteringMethod::kPerturbative;
  int order = 2;  // of the perturbation, 1 to 4
  double result_step_m = 10e3;
  double solver_step_m = 10e3;
  InterferenceMethod interference = InterferenceMethod::kGnAnalytic;
  double dispersion_tolerance = 4;
  double phase_shift_tolerance = 0.1;
  // Channels to compute, numbered from 1, the others being interpolated; or how many, spread
  // evenly; neither: all.
  std::vector<int> computed_channels;
  std::optional<int> computed_channel_count;
};

}  // namespace caspilink::design
