// How an amplifier spreads its gain over the channels.
#pragma once

#include <vector>

#include "link_models/physics/amplifier_noise.h"
#include "link_models/units.h"

namespace caspilink::physics {

// Figures on an even grid of frequencies from a band's lower to its upper end, interpolated
// linearly and held beyond the ends. One entry: the same everywhere; never empty.
struct BandProfile {
  std::vector<double> values{0.0};

  [[nodiscard]] double at(double frequency_hz, Hertz f_min, Hertz f_max) const;

  friend bool operator==(const BandProfile&, const BandProfile&) = default;
};

// A type of amplifier.
struct AmplifierModel {
  std::vector<AmplifierStage> stages;  // one or two
  Dbm maximum_power;                   // total
  Hertz f_min;                         // the band it amplifies, slots included
  Hertz f_max;
  BandProfile gain_ripple;   // dB at its flat maximum gain
  BandProfile noise_ripple;  // dB
  BandProfile dynamic_tilt;  // shape by which the gain tilts as the pumps change, di Muro 2000
  Picoseconds pmd;
  Db pdl;

  // Sum over the stages.
  [[nodiscard]] Db gain_flatmax() const;

  friend bool operator==(const AmplifierModel&, const AmplifierModel&) = default;
};

// Channels at the amplifier's input: power in all (signal and noise) per channel.
struct AmplifierChannels {
  const std::vector<double>& frequency_hz;  // ascending, within the band
  const std::vector<double>& power_w;
  Hertz slot_width;  // of the first channel; stands for the spacing where it is alone
};

struct AmplifierResponse {
  Db gain;                              // what the set point becomes within the power it can give
  std::vector<double> gain_db;          // per channel
  std::vector<double> noise_figure_db;  // per channel, referred to the input
};

// The amplifier at a gain set point and a tilt over its band (dB, positive: less gain at high
// frequency). The set point is lowered where its total output power would pass maximum_power.
// Ripple and tilt are spread so that the total power comes out at the set point, moving along the
// dynamic tilt by one secant step: R. di Muro, "The Er3+ fiber gain coefficient derived from a
// dynamic gain tilt technique", JLT 18(3), 2000. A gain that is flat within 0.05 dB is taken as is.
[[nodiscard]] AmplifierResponse respond(const AmplifierModel& model, Db gain, Db tilt,
                                        const AmplifierChannels& channels);

}  // namespace caspilink::physics
