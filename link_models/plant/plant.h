// A cable system as laid and as agreed: what a plant file says, as plain values.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "link_models/plant/direction.h"
#include "link_models/plant/elements.h"
#include "link_models/plant/light_model.h"
#include "link_models/plant/position_list.h"
#include "link_models/plant/power_feed.h"
#include "link_models/plant/spectrum.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::plant {

enum class PlantKind { kRepeatered, kUnrepeatered };
[[nodiscard]] constexpr std::string_view to_string(PlantKind kind) {
  return kind == PlantKind::kRepeatered ? "repeatered" : "unrepeatered";
}

// What a landing station's line terminal adds to the line, the same for all its pairs.
struct Terminal {
  // Without one, what noise there is at the line output port is part of the transceiver's own.
  std::optional<Booster> booster;
  // Pumps into the fibre, as lumped gain or as the light they are; from the terminal's own side,
  // so that those of the transmit fibre travel with its signals.
  std::optional<RamanAmplifier> raman_transmit;
  std::optional<RamanAmplifier> raman_receive;
  std::optional<RamanPumps> raman_transmit_pumps;
  std::optional<RamanPumps> raman_receive_pumps;
  std::optional<RopaFeed> ropa_feed;
  std::optional<TerminalAmplifier> preamplifier;
  std::optional<TerminalLoss> demultiplexer;

  friend bool operator==(const Terminal&, const Terminal&) = default;
};

struct Station {
  std::string id;             // "sumgait": the form of certificates, labels and file names
  std::string name;           // "Sumgait"
  std::string operator_name;  // "AzerTelecom"
  Terminal terminal;

  friend bool operator==(const Station&, const Station&) = default;
};

// A ROPA works on the fibre of one direction; the other fibre passes by.
struct PlacedRopa {
  Ropa ropa;
  Direction direction = Direction::kAToB;

  friend bool operator==(const PlacedRopa&, const PlacedRopa&) = default;
};

// A ROADM as light crosses it each way: the degrees it leaves by may differ.
struct PlacedRoadm {
  Roadm towards_a;
  Roadm towards_b;

  friend bool operator==(const PlacedRoadm&, const PlacedRoadm&) = default;
};

// Spans read from a to b: lumped losses count from the a end; input and output loss are those of
// each direction's own light, since each direction has a fibre of its own.
using RouteElement = std::variant<Span, Repeater, InLineAmplifier, PlacedRopa, PlacedRoadm>;
[[nodiscard]] const std::string& name_of(const RouteElement& element);

struct Segment {
  enum class Kind { kSubmarine, kTerrestrial };

  std::string name;
  Kind kind = Kind::kSubmarine;
  std::vector<RouteElement> elements;  // from a to b; at least one span

  friend bool operator==(const Segment&, const Segment&) = default;
};

struct FibrePair {
  std::string id;                 // "FP01"
  std::string mode;               // name of its transceivers' mode
  std::vector<int> lit_channels;  // numbers, ascending

  friend bool operator==(const FibrePair&, const FibrePair&) = default;
};

// What the budget sets aside between a new line and its end of life.
struct Allowances {
  Db impairments;     // off Q: propagation, tilt, pre-emphasis, PDL, PMD, manufacture
  Db time_variation;  // off the margin: 5 sigma of slow changes of Q
  DbPerKm ageing;     // more fibre loss at the end of life
  Db repair_loss;     // loss of all repairs at the end of life, spread over the line
  Db pump_failures;   // off the margin at the end of life

  friend bool operator==(const Allowances&, const Allowances&) = default;
};

// By what the collector judges; see the plant file for defaults.
struct AlarmThresholds {
  // Observed Q less the mode's FEC limit.
  Db q_margin_minor{1.0};
  Db q_margin_major{0.5};
  Db q_margin_critical{0.0};
  Db q_hysteresis{0.1};
  // Magnitude of observed less modelled receive power.
  Db receive_power_residual_minor{1.0};
  Db receive_power_residual_major{3.0};
  Db receive_power_hysteresis{0.2};
  // Magnitude of observed less modelled one-way or half round-trip delay.
  Seconds latency_tolerance{20e-6};
  Seconds latency_hysteresis{5e-6};
  Seconds staleness{30.0};       // a reading older than this is missing
  Seconds raise_hold_off{3.0};   // a condition must last this long to raise an alarm
  Seconds clear_hold_off{10.0};  // and be gone this long to clear it

  friend bool operator==(const AlarmThresholds&, const AlarmThresholds&) = default;
};

struct Plant {
  std::string name;  // "trans-caspian-repeatered"
  std::string description;
  PlantKind kind = PlantKind::kRepeatered;
  std::array<Station, 2> stations;  // a, b
  std::vector<FibreType> fibres;
  std::vector<Segment> segments;  // from a to b
  std::vector<Channel> channels;  // the loaded band, ascending; `lit` is set per fibre pair
  std::vector<TransceiverMode> modes;
  std::vector<FibrePair> fibre_pairs;
  LightModel light_model;
  Allowances allowances;
  AlarmThresholds thresholds;
  std::optional<PowerFeed> power_feed;  // nothing: not fed through the cable, or not known
  std::optional<LaidRoute> laid_route;  // nothing: positions are kilometres alone

  [[nodiscard]] const Station& a() const { return stations[0]; }
  [[nodiscard]] const Station& b() const { return stations[1]; }

  friend bool operator==(const Plant&, const Plant&) = default;
};

[[nodiscard]] Kilometers length_of(const Plant& plant);
// Where a place of the line is on the earth; nothing without a list, and beyond its ends.
[[nodiscard]] std::optional<RoutePosition> position_of(const Plant& plant, Kilometers from_a);
// nullptr where there is none of that name.
[[nodiscard]] const FibrePair* find_fibre_pair(const Plant& plant, std::string_view id);
[[nodiscard]] const Station* find_station(const Plant& plant, std::string_view id);
[[nodiscard]] const TransceiverMode* find_mode(const Plant& plant, std::string_view name);

// The station that sends, or receives, in a direction.
[[nodiscard]] const Station& sender(const Plant& plant, Direction direction);
[[nodiscard]] const Station& receiver(const Plant& plant, Direction direction);

}  // namespace caspilink::plant
