// What equipment says it is set to: how amplifiers of a line are run, and the pumps its terminals
// send into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "link_models/plant/line.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::plant {

// OpenConfig's CONSTANT_POWER, CONSTANT_GAIN and DYNAMIC_GAIN.
enum class AmplifierMode : std::uint8_t { kConstantPower = 1, kConstantGain = 2, kDynamicGain = 3 };

// What is not given is as designed. Without a mode an amplifier is run as it was designed to be,
// unless only the other mode's target is given. In dynamic gain the equipment finds its gain
// itself, to reach its output power where it has one, else as its target gain says.
struct AmplifierSettings {
  std::string name;  // of the element in the line
  std::optional<AmplifierMode> mode{};
  std::optional<Dbm> output_power{};  // total, noise included
  std::optional<Db> gain{};
  std::optional<Db> tilt{};  // gain of the highest channel less that of the lowest

  friend bool operator==(const AmplifierSettings&, const AmplifierSettings&) = default;
};

// The power one pump of a terminal sends.
struct PumpSetting {
  PumpWay way = PumpWay::kAgainstSignal;  // with the signal: of the sending terminal
  // Among the pumps in the line's fibre, a ROPA's after those for Raman gain; nothing: the ROPA's
  // on a fibre of its own.
  std::optional<std::size_t> index;
  Milliwatts power;  // > 0

  friend bool operator==(const PumpSetting&, const PumpSetting&) = default;
};

// Runs the line's amplifiers as set: repeaters, in-line and terminal amplifiers. A gain above the
// element's largest is taken as that, an output power above an in-line amplifier's largest
// likewise; in constant gain nothing else limits the output power, of which plants do not state the
// largest. Gives what was taken otherwise than told, in words: what is out of range, what the mode
// needs and nobody reports, what a ROPA is told, whose gain follows from its pump.
// kNotFound for an element the line does not have; kInvalidInput for figures that are not finite.
[[nodiscard]] Result<std::vector<std::string>> apply_settings(
    Line& line, const std::vector<AmplifierSettings>& settings);

// kNotFound for a pump the line does not have; kInvalidInput for a power that is not above 0.
[[nodiscard]] Result<void> apply_pumps(Line& line, const std::vector<PumpSetting>& pumps);

}  // namespace caspilink::plant
