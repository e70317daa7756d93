// What a landing station's equipment reports: which leaves it has, and their values at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/simulator/line_model.h"
#include "link_models/plant/plant.h"
#include "proto/codec/quantity.h"

namespace caspilink::simulator {

// One leaf of the station's equipment.
struct Point {
  std::string component;  // "och-FP03-48", "line-FP03", "booster-FP03", "preamplifier-FP03"
  codec::Quantity quantity{};
  std::size_t pair = 0;  // index into LineView::pairs
  // Whose light is measured: at this station it departs (transmit) or arrives (receive).
  plant::Direction direction = plant::Direction::kAToB;
  enum class Where { kTransmitter, kReceiver, kLine, kBooster, kPreamplifier } where{};
  int channel = 0;            // transmitters and receivers
  std::size_t lit_index = 0;  // of the channel among the pair's lit ones
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

// The reading at a time, in the quantity's wire unit, rounded as the leaf's type is. Nothing: the
// leaf does not exist, because what it would measure cannot be measured. A pure function.
[[nodiscard]] std::optional<double> read(const LineView& view, const Point& point,
                                         std::int64_t time_unix_ns);

}  // namespace caspilink::simulator
