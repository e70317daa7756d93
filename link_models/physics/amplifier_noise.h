// Noise figures of optical amplifiers, as operators' libraries describe them.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::physics {

// One figure whatever the gain.
struct FixedNoiseFigure {
  Db noise_figure;

  friend bool operator==(const FixedNoiseFigure&, const FixedNoiseFigure&) = default;
};

// Two amplifying coils with a variable attenuator between them: lowering the gain attenuates
// between the coils, so the second one's noise shows more.
struct TwoCoilNoiseFigure {
  Db first_coil;
  Db second_coil;
  Db power_step;  // full gain less the first coil's gain at full gain

  friend bool operator==(const TwoCoilNoiseFigure&, const TwoCoilNoiseFigure&) = default;
};

// A polynomial of how far the gain is below its flat maximum (dB, negative); highest order first.
struct PolynomialNoiseFigure {
  std::vector<double> coefficients;

  friend bool operator==(const PolynomialNoiseFigure&, const PolynomialNoiseFigure&) = default;
};

// OpenROADM in-line amplifier: a polynomial gives the OSNR it leaves from the input power per
// channel of 50 GHz; highest order first. OpenROADM MSA, W specifications.
struct OpenRoadmInLineNoise {
  std::vector<double> osnr_coefficients;

  friend bool operator==(const OpenRoadmInLineNoise&, const OpenRoadmInLineNoise&) = default;
};

// OpenROADM MW-MW preamplifier: the mask OSNR = min((4 P + 275) / 7, 33) dB.
struct OpenRoadmPreamplifierNoise {
  friend bool operator==(OpenRoadmPreamplifierNoise, OpenRoadmPreamplifierNoise) { return true; }
};

// OpenROADM booster: its noise is counted in the ROADM's add and express figures; none here.
struct NoNoise {
  friend bool operator==(NoNoise, NoNoise) { return true; }
};

using NoiseFigureModel = std::variant<FixedNoiseFigure, TwoCoilNoiseFigure, PolynomialNoiseFigure,
                                      OpenRoadmInLineNoise, OpenRoadmPreamplifierNoise, NoNoise>;

// What comes in, as far as noise figures depend on it.
struct AmplifierInput {
  Dbm total_power;
  std::size_t channels = 1;
  Hertz spacing;  // between channels, > 0
};

// One stage of amplification and the range of gain it is flat in.
struct AmplifierStage {
  NoiseFigureModel noise;
  Db gain_min;
  Db gain_flatmax;

  friend bool operator==(const AmplifierStage&, const AmplifierStage&) = default;
};

// Noise figure of a stage at a gain. Below gain_min the light is attenuated at the input first
// (padding), which costs its dB in noise figure; above gain_flatmax the figure stays as at
// gain_flatmax. Minus infinity for a stage without noise.
[[nodiscard]] Db noise_figure(const AmplifierStage& stage, Db gain, const AmplifierInput& input);

// Stages in a row (one or two). The first of two works at its flat maximum and the second makes up
// the gain; their noise adds by Friis' formula.
[[nodiscard]] Db noise_figure(const std::vector<AmplifierStage>& stages, Db gain,
                              const AmplifierInput& input);

// Finds the two coils from the noise figures at the two ends of the gain range: nf_min at
// gain_flatmax and nf_max at gain_min, where the attenuator takes twice the range out. Coil noise
// figures are kept 0.3 to 2 dB apart. kInvalidInput, saying why, where no such pair of coils
// exists: noise figures below -10 dB, a first coil better than 4 dB, a power step outside 1..11
// dB, or figures missed by more than 0.01 dB.
[[nodiscard]] Result<TwoCoilNoiseFigure> fit_two_coils(Db nf_min, Db nf_max, Db gain_min,
                                                       Db gain_flatmax);

}  // namespace caspilink::physics
