// From what is laid and what is broken to what light does: link budgets of every fibre pair.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/simulator/faults.h"
#include "link_models/budget/link_budget.h"
#include "link_models/budget/power_feed.h"
#include "link_models/plant/line.h"
#include "link_models/plant/plant.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::simulator {

// What the receiving side of a line shows on one lit channel.
struct ChannelView {
  int number = 0;
  Dbm launch_power;
  Dbm signal_power;  // at the transceiver
  Db q;
  Db esnr;  // the SNR that gives q; the transceiver's noise and impairments included
  Db osnr_01nm;
  PsPerNm chromatic_dispersion;
  Picoseconds pmd;
  Db pdl;
};

// Total power into and out of an amplifier.
struct AmplifierView {
  Dbm input;
  Dbm output;
};

// A repeater as its supervision shows it.
struct RepeaterView {
  std::string name;
  Kilometers from_sender;
  Dbm input;
  Dbm output;
  Db tilt;
};

// What an amplifier says it is set to: it holds its output power.
struct SettingView {
  std::string element;  // "booster", "preamplifier", "R2"
  Dbm output_power;
  Db tilt;
};

// What one direction of a line does to light, cuts apart. Shared by fibre pairs in equal state.
struct LightView {
  std::vector<ChannelView> channels;  // lit ones, ascending
  Dbm line_output_power;
  Dbm line_input_power;
  std::optional<AmplifierView> preamplifier;
  std::vector<RepeaterView> repeaters{};  // as light meets them
  double fec_ber_threshold = 0;
  Seconds latency;  // one way, without added delay
};

struct DirectionView {
  std::shared_ptr<const LightView> light;  // never null
  bool dark = false;                       // cut: nothing of it arrives
  Seconds delay;                           // one way, added delay included
  std::optional<Kilometers> cut{};         // the first that light meets, from the sending station
  std::vector<SettingView> settings{};     // of all amplifiers that can be set
  // What transmitters of the lit channels send, as launch powers of a booster set as designed.
  std::vector<Dbm> transmitted{};
};

struct PairView {
  std::string fibre_pair;
  std::array<DirectionView, 2> directions;  // by plant::Direction

  [[nodiscard]] const DirectionView& operator[](plant::Direction direction) const {
    return directions[static_cast<std::size_t>(direction)];
  }
};

// What the stations' power feed equipment shows: a voltage against the station's earth, positive at
// a, 0 where a station does not feed.
struct FeedView {
  Amperes current;
  std::array<Volts, 2> voltage;  // at a, at b
};

// The whole cable at one state of its faults. Immutable, shared between threads.
struct LineView {
  std::uint64_t seed = 1;
  std::int64_t epoch_unix_ns = 0;
  std::vector<PairView> pairs;   // in the plant's order
  std::optional<FeedView> feed;  // nothing: the plant states no power feed
};

// The power feed with a whole cable's cut earthing the conductor at the place nearest to each end:
// the equipment holds its current, so that its voltage falls to what the stretch up to there needs.
[[nodiscard]] std::optional<FeedView> feed_of(const plant::Plant& plant,
                                              const std::vector<Fault>& faults);

// Evaluates lines, each distinct one once: of 24 healthy pairs one a direction is evaluated.
class LineModel {
 public:
  explicit LineModel(std::shared_ptr<const plant::Plant> plant);

  // kInvalidInput for faults that do not fit the plant, or a line that cannot be evaluated.
  [[nodiscard]] Result<std::shared_ptr<const LineView>> view(const LineState& state);

  [[nodiscard]] const plant::Plant& plant() const { return *plant_; }
  [[nodiscard]] std::size_t evaluations() const { return evaluations_; }

 private:
  struct Known {
    plant::Line line;  // fibre pair's name left out
    std::shared_ptr<const LightView> light;
  };
  [[nodiscard]] Result<std::shared_ptr<const LightView>> light_of(plant::Line line,
                                                                  std::vector<Known>& used);

  std::shared_ptr<const plant::Plant> plant_;
  std::vector<Known> known_;  // lines of the latest view
  std::size_t evaluations_ = 0;
};

}  // namespace caspilink::simulator
