// The line as transmit-side equipment reports it: which figures of the plan have changed, and when
// that is worth a new evaluation.
//
// A figure in use moves at once by a step of `jump`, and by a creep of `creep` that has lasted for
// `settle`: noise and slow drift around the figure in use never re-evaluate anything. A reading
// that is missing changes nothing; what was reported last stays true until something else is.
//
// Followed: each channel's launch power (a station's optical channel monitor before the
// transmitter's own word), whether a channel is sent at all, the total a station sends into the
// fibre, and the current its power feed equipment holds. Nothing a receiver reads is followed, nor
// what amplifiers in the line do: a fault must not be explained away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "collector/fleet/fleet.h"
#include "link_models/plant/plant.h"
#include "link_models/plant/power_feed.h"
#include "link_models/plant/reported.h"

namespace caspilink::twin {

struct FollowSettings {
  double jump_db = 0.3;
  double creep_db = 0.1;
  std::int64_t settle_ns = 30'000'000'000;
  double feed_current_step_a = 0.005;
};

// A figure that follows readings with hysteresis.
class Followed {
 public:
  explicit Followed(double planned) : in_use_(planned) {}

  // True where the figure in use moved.
  bool take(double value, std::int64_t time_unix_ns, const FollowSettings& settings);
  [[nodiscard]] double in_use() const { return in_use_; }

 private:
  double in_use_;
  // Of the readings on one side of the figure in use, off by more than the creep.
  std::optional<std::int64_t> off_since_;
  double off_sum_ = 0;
  int off_count_ = 0;
  bool off_above_ = false;
};

// One direction's transmit side.
class ReportedDirection {
 public:
  ReportedDirection(const plant::Plant& plant, const plant::FibrePair& pair);

  // True where what the line is evaluated with changed. Readings of other quantities change
  // nothing.
  bool take(const fleet::Place& place, const fleet::Latest& latest, const FollowSettings& settings);

  // Nothing where no channel is sent.
  [[nodiscard]] std::optional<plant::ReportedLine> reported() const;

 private:
  struct Channel {
    int number = 0;
    Dbm planned;
    bool planned_lit = false;
    bool dark = false;
    bool lit = false;        // by the plan, or by a transmitter that says so
    bool monitored = false;  // by the station's channel monitor: it outranks the transmitter
    Followed power;
    bool moved = false;  // from the plan
  };
  Channel* find(std::uint32_t number);

  std::vector<Channel> channels_;  // by number, ascending
  std::optional<Followed> total_;  // of the line port, once reported
};

class Follower {
 public:
  Follower(std::shared_ptr<const plant::Plant> plant, FollowSettings settings);

  [[nodiscard]] static bool follows(codec::Quantity quantity);

  // Takes a transmit-side reading.
  void take(const fleet::Place& place, const fleet::Latest& latest);

  // Slots whose line changed since the last call, ascending; counted as twin::Model does.
  [[nodiscard]] std::vector<std::size_t> take_changed();
  [[nodiscard]] const ReportedDirection& direction(std::size_t slot) const {
    return directions_[slot];
  }
  // The mean of what the feeding stations report, once that is not what was planned.
  [[nodiscard]] std::optional<Amperes> feed_current() const { return feed_current_; }

 private:
  std::shared_ptr<const plant::Plant> plant_;
  FollowSettings settings_;
  std::vector<ReportedDirection> directions_;
  std::vector<bool> changed_;
  std::map<std::string, double> feed_currents_;  // by station
  std::optional<Amperes> feed_current_;
};

}  // namespace caspilink::twin
