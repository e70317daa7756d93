// What light passes on its way: fibre and amplifiers, as plain values.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "link_models/plant/pumping.h"
#include "link_models/units.h"

namespace caspilink::plant {

struct AttenuationPoint {
  Hertz frequency;
  DbPerKm attenuation;  // > 0

  friend bool operator==(const AttenuationPoint&, const AttenuationPoint&) = default;
};

// A type of fibre. Coefficients hold at 1550 nm.
struct FibreType {
  std::string name;
  DbPerKm attenuation;                         // > 0
  PsPerNmKm dispersion;                        // D; not zero
  std::optional<PsPerNm2Km> dispersion_slope;  // dD/dlambda; without it beta2 is taken as constant
  PsPerSqrtKm pmd;                             // >= 0
  SquareMicrometers effective_area;            // > 0
  SquareMetersPerWatt nonlinear_index;         // n2, > 0
  double group_index = 1.468;                  // >= 1
  // Attenuation over frequency, ascending, for channels and pumps. Empty: `attenuation` for all
  // channels, and for pumps what Rayleigh scattering makes of it.
  std::vector<AttenuationPoint> attenuation_points;

  friend bool operator==(const FibreType&, const FibreType&) = default;
};

// A loss at one place: a repair, a bend, a branching unit.
struct LumpedLoss {
  Kilometers at;  // from the span's beginning, in the direction the owner is read in
  Db loss;        // >= 0
  std::string cause;

  friend bool operator==(const LumpedLoss&, const LumpedLoss&) = default;
};

// A stretch of one type of fibre between two bodies or splices.
struct Span {
  std::string name;
  FibreType fibre;
  Kilometers length;  // > 0, optical length
  Db input_loss;      // where the light enters: connector, splices, couplers
  Db output_loss;     // where it leaves
  Db pdl;             // polarisation-dependent loss, adds in quadrature
  std::vector<LumpedLoss> lumped_losses;

  friend bool operator==(const Span&, const Span&) = default;
};

// A submarine repeater: its pumps hold the total power it sends out, noise included.
struct Repeater {
  std::string name;
  Dbm total_output_power;
  Db noise_figure;
  Db maximum_gain{30.0};  // reached when hardly any light comes in
  Db pdl;
  Db gain_tilt{0};  // gain of the highest channel less that of the lowest

  friend bool operator==(const Repeater&, const Repeater&) = default;
};

// A terrestrial in-line amplifier at fixed gain.
struct InLineAmplifier {
  std::string name;
  Db gain;
  Db noise_figure;
  // Total power it can give out at most, noise included; its gain falls to keep below.
  std::optional<Dbm> maximum_output_power = std::nullopt;
  Db gain_tilt{0};  // gain of the highest channel less that of the lowest; its middle keeps `gain`

  friend bool operator==(const InLineAmplifier&, const InLineAmplifier&) = default;
};

// A remote optically pumped amplifier, as lumped gain and noise figure or as what its pump makes.
struct Ropa {
  std::string name;
  Db gain;
  Db noise_figure;
  // Total power it can give out at most; its gain falls to keep below.
  std::optional<Dbm> maximum_output_power;
  // Where given, gain and noise figure follow from the pump that arrives, and not from the above.
  std::optional<RopaPumping> pumping;

  friend bool operator==(const Ropa&, const Ropa&) = default;
};

// Distributed Raman gain, lumped at the end of the fibre its pump enters.
struct RamanAmplifier {
  std::string name;
  Db gain;                    // on/off
  Db effective_noise_figure;  // of the equivalent lumped amplifier; negative is usual

  friend bool operator==(const RamanAmplifier&, const RamanAmplifier&) = default;
};

// The terminal's preamplifier (dry plant).
struct TerminalAmplifier {
  std::string name;
  Dbm total_output_power;  // held, noise included
  Db noise_figure;
  Db maximum_gain{35.0};
  Db gain_tilt{0};  // gain of the highest channel less that of the lowest

  friend bool operator==(const TerminalAmplifier&, const TerminalAmplifier&) = default;
};

// The sending terminal's booster. Launch powers are those behind it, its gain fully used; its noise
// comes on top of them.
struct Booster {
  std::string name;
  Db gain;
  Db noise_figure;
  // Total power it can give out at most, noise included; its gain falls to keep below.
  std::optional<Dbm> maximum_output_power;

  friend bool operator==(const Booster&, const Booster&) = default;
};

// A ROADM of a terrestrial segment as light crosses it (express): every channel is brought to the
// level of the degree it leaves by, and none is amplified.
struct Roadm {
  enum class Equalisation {
    kChannelPower,  // target in dBm
    kPowerDensity,  // target in mW/GHz of the symbol rate
    kPowerPerSlot,  // target in mW/GHz of the slot width
  };

  std::string name;
  Equalisation equalisation = Equalisation::kChannelPower;
  double target = 0;
  Db loss;  // >= 0; channels leave at least this much lower than they came
  Picoseconds pmd;
  Db pdl;
  std::optional<Db> osnr_01nm;  // of the noise it adds; none: adds no noise

  friend bool operator==(const Roadm&, const Roadm&) = default;
};

// Flat loss inside the terminal: the demultiplexer or splitter before the transceivers.
struct TerminalLoss {
  std::string name;
  Db loss;

  friend bool operator==(const TerminalLoss&, const TerminalLoss&) = default;
};

using Element = std::variant<Span, Repeater, InLineAmplifier, Ropa, RamanAmplifier, RamanPumps,
                             TerminalAmplifier, TerminalLoss, Booster, Roadm>;

// True for what stands in the landing station: a line begins and ends between dry and wet plant.
[[nodiscard]] inline bool is_terminal(const Element& element) {
  return std::holds_alternative<Booster>(element) ||
         std::holds_alternative<TerminalAmplifier>(element) ||
         std::holds_alternative<TerminalLoss>(element);
}
[[nodiscard]] const std::string& name_of(const Element& element);
[[nodiscard]] std::string_view kind_of(const Element& element);  // "span", "repeater", ...

}  // namespace caspilink::plant
