// The line as transmit-side equipment reports it: which figures of the plan have changed, and when
// that is worth a new evaluation.
//
// A figure in use moves at once by a step of `jump`, and by a creep of `creep` that has lasted for
// `settle`: noise and slow drift around the figure in use never re-evaluate anything. A reading
// that is missing changes nothing; what was reported last stays true until something else is.
//
// Followed: each channel's launch power (a station's optical channel monitor before the
// transmitter's own word), whether a channel is sent at all, the total a station sends into the
// fibre, the current its power feed equipment holds, the power of its pumps, and what amplifiers of
// terminals and of the line are set to. Nothing a receiver reads is followed, nor what amplifiers
// in the line do: a fault must not be explained away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "collector/fleet/fleet.h"
#include "collector/twin/followed.h"
#include "collector/twin/settings.h"
#include "link_models/plant/plant.h"
#include "link_models/plant/power_feed.h"
#include "link_models/plant/reported.h"

namespace caspilink::twin {

// One direction: its transmit side, and how its amplifiers and pumps are set.
class ReportedDirection {
 public:
  ReportedDirection(const plant::Plant& plant, const plant::FibrePair& pair,
                    plant::Direction direction);

  // True where what the line is evaluated with changed. Readings of other quantities change
  // nothing.
  bool take(const fleet::Place& place, const fleet::Latest& latest, const FollowSettings& settings);

  // Nothing where no channel is sent, or an amplifier is switched off.
  [[nodiscard]] std::optional<plant::ReportedLine> reported() const;
  [[nodiscard]] const DirectionSettings& settings() const { return settings_; }

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
  DirectionSettings settings_;
};

class Follower {
 public:
  Follower(std::shared_ptr<const plant::Plant> plant, FollowSettings settings);

  [[nodiscard]] static bool follows(codec::Quantity quantity);

  // Takes a reading of a quantity it follows.
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
