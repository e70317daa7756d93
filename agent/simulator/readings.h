// What a landing station's equipment reports: which leaves it has, and their values at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/simulator/line_model.h"
#include "link_models/plant/plant.h"
#include "proto/codec/quantity.h"

namespace caspilink::simulator {

// One leaf of the station's equipment.
struct Point {
  // "och-FP03-48", "line-FP03", "booster-FP03", "preamplifier-FP03", "R2-FP03", "pfe-1"
  std::string component;
  codec::Quantity quantity{};
  std::size_t pair = 0;  // index into LineView::pairs
  // Whose light is measured: at this station it departs (transmit) or arrives (receive).
  plant::Direction direction = plant::Direction::kAToB;
  enum class Where {
    kTransmitter,
    kReceiver,
    kLine,
    kBooster,
    kPreamplifier,
    kRepeater,
    kPowerFeed
  } where{};
  int channel = 0;  // transmitters and receivers
  // Of the channel among the pair's lit ones, of the repeater among those of the direction; of
  // power feed equipment: the station, 0 for a.
  std::size_t lit_index = 0;
};

// Power of "no light", as equipment that does not know minus infinity reports it.
inline constexpr double kPowerFloorDbm = -40.0;

// Below this Q the receiver has lost the signal: power stays, everything its DSP estimates is gone.
inline constexpr double kLockQDb = 2.0;

// Equipment measures this often; within a period a leaf keeps its value.
inline constexpr std::int64_t kMeasurementPeriodNs = 100'000'000;

// Every leaf of the station, components together, in the plant's order. Requires `station` to be
// one of the plant's; `view` tells which terminal has a preamplifier.
[[nodiscard]] std::vector<Point> points_of(const plant::Plant& plant, const std::string& station,
                                           const LineView& view);

// Where OpenConfig has the leaf: "/a/b[name=*]/leaf", and whether the leaf is a container of
// statistics, which settings are not. The quantity table's place but for power feed equipment,
// which it leaves to the user (openconfig-platform-psu's voltage and current), and repeaters, which
// are amplifiers to OpenConfig like a terminal's.
struct Leaf {
  std::string_view path;
  bool statistics = true;
};
[[nodiscard]] Leaf leaf_of(const Point& point);

// The reading at a time, in the quantity's wire unit, rounded as the leaf's type is. Nothing: the
// leaf does not exist, because what it would measure cannot be measured. A pure function.
[[nodiscard]] std::optional<double> read(const LineView& view, const Point& point,
                                         std::int64_t time_unix_ns);

}  // namespace caspilink::simulator
