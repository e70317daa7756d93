// What can go wrong with a cable, as plain values, and what each fault does to a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "link_models/plant/line.h"
#include "link_models/plant/plant.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::simulator {

// The cable's fibres are parted: nothing arrives in either direction, on any channel.
struct Cut {
  Kilometers at;  // from station A, inside the cable

  friend bool operator==(const Cut&, const Cut&) = default;
};

// A bend, a bad splice, water: lumped loss in both directions.
struct AddedLoss {
  Kilometers at;  // from station A, inside the cable
  Db loss;        // above 0, at most kLargestLoss

  friend bool operator==(const AddedLoss&, const AddedLoss&) = default;
};

// One of an amplifier's pumps has failed. A repeater then holds `power_drop` less total output
// power; a ROPA, which holds a gain, has that much less gain. Both get noisier.
struct PumpFailure {
  std::string amplifier;                      // name of the repeater or ROPA in the plant
  Db power_drop{3.0};                         // half the pump power: two pumps shared, one lost
  Db noise_figure_rise{0.8};                  // weaker inversion
  std::optional<plant::Direction> direction;  // none: every direction it amplifies

  friend bool operator==(const PumpFailure&, const PumpFailure&) = default;
};

// A transmitter launches less than it should.
struct Fade {
  plant::Direction direction = plant::Direction::kAToB;
  int channel = 0;  // number in the plant
  Db loss;          // above 0, at most kLargestLoss

  friend bool operator==(const Fade&, const Fade&) = default;
};

// Traffic takes a longer way; the light's readings stay.
struct AddedDelay {
  Seconds delay;  // one way, above 0, at most kLongestDelay
  std::optional<plant::Direction>
      direction;  // none: each of the two, so a round trip gets it twice

  friend bool operator==(const AddedDelay&, const AddedDelay&) = default;
};

// No fault: an operator sets an amplifier otherwise than designed, and its equipment says so.
struct AmplifierSetting {
  std::string amplifier;  // "booster", "preamplifier", or the name of a repeater in the plant
  plant::Direction direction = plant::Direction::kAToB;
  std::optional<Dbm> output_power;  // total, -20 to 30; one of the two is given, or both
  std::optional<Db> tilt;           // of its gain, the highest channel's less the lowest's, +-10

  friend bool operator==(const AmplifierSetting&, const AmplifierSetting&) = default;
};

inline constexpr Db kLargestLoss{60.0};
inline constexpr Db kLargestPumpDrop{20.0};
inline constexpr Seconds kLongestDelay{10.0};

using Effect = std::variant<Cut, AddedLoss, PumpFailure, Fade, AddedDelay, AmplifierSetting>;

[[nodiscard]] std::string_view name_of(const Effect& effect);  // "cut", "loss", "pump", ...

struct Fault {
  std::uint64_t id = 0;                   // from 1, never used twice in one line file
  std::optional<std::string> fibre_pair;  // none: all of the cable's
  std::int64_t since_unix_ns = 0;         // when it was injected; for people
  Effect effect;

  friend bool operator==(const Fault&, const Fault&) = default;
};

// "3 loss on FP03 at 120 km, 3 dB".
[[nodiscard]] std::string describe(const Fault& fault);

// The one truth both station simulators share.
struct LineState {
  std::uint64_t seed = 1;          // of noise and drift
  std::int64_t epoch_unix_ns = 0;  // when the line's drift began
  std::string plant_file;          // absolute path of the plant the faults were checked against
  std::uint64_t next_id = 1;       // of the next fault
  std::vector<Fault> faults;       // in the order they were injected

  friend bool operator==(const LineState&, const LineState&) = default;
};

inline constexpr std::size_t kMostFaults = 1000;

// kInvalidInput where the plant has no such fibre pair, kilometre, amplifier or channel, or a
// figure is out of its range; the message says what there is.
[[nodiscard]] Result<void> check_fault(const plant::Plant& plant, const Fault& fault);
[[nodiscard]] Result<void> check_faults(const plant::Plant& plant, const LineState& state);

// One direction of one fibre pair with its faults.
struct FaultedLine {
  plant::Line line;
  bool dark = false;              // cut: nothing arrives at the far end
  std::optional<Kilometers> cut;  // the first that light meets, from the sending station
  Seconds extra_delay;
};

// The line of a fibre pair as the faults leave it. Errors as check_fault's, for faults that touch
// this fibre pair and direction.
[[nodiscard]] Result<FaultedLine> faulted_line(const plant::Plant& plant,
                                               std::string_view fibre_pair,
                                               plant::Direction direction,
                                               const std::vector<Fault>& faults);

}  // namespace caspilink::simulator
