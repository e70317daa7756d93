#include "collector/twin/follower.h"

#include <algorithm>
#include <cmath>

namespace caspilink::twin {
namespace {

using codec::Quantity;
using codec::Reading;

}  // namespace

ReportedDirection::ReportedDirection(const plant::Plant& plant, const plant::FibrePair& pair,
                                     plant::Direction direction)
    : settings_(plant, pair, direction) {
  for (const plant::Channel& channel : plant.channels) {
    const bool lit =
        std::ranges::find(pair.lit_channels, channel.number) != pair.lit_channels.end();
    channels_.push_back({.number = channel.number,
                         .planned = channel.launch_power,
                         .planned_lit = lit,
                         .lit = lit,
                         .power = Followed(channel.launch_power.value())});
  }
}

ReportedDirection::Channel* ReportedDirection::find(std::uint32_t number) {
  const auto found =
      std::ranges::lower_bound(channels_, static_cast<int>(number), {}, &Channel::number);
  return found == channels_.end() || found->number != static_cast<int>(number) ? nullptr : &*found;
}

bool ReportedDirection::take(const fleet::Place& place, const fleet::Latest& latest,
                             const FollowSettings& settings) {
  if (is_setting(place.quantity)) return settings_.take(place, latest, settings);
  if (place.quantity == Quantity::kLineOutputPower) {
    if (latest.reading != Reading::kValue) return false;
    if (total_) return total_->take(latest.value, latest.time_unix_ns, settings);
    total_.emplace(latest.value);
    return true;
  }
  Channel* channel = find(place.channel);
  if (channel == nullptr) return false;
  const bool monitor = place.quantity == Quantity::kMonitoredChannelLaunchPower;
  if (monitor) {
    channel->monitored = true;
  } else if (channel->monitored && latest.reading == Reading::kValue) {
    return false;
  }
  if (latest.reading == Reading::kNoLight) {
    // A transmitter that sends nothing; where nobody planned one, the slot keeps its shaped noise.
    if (!channel->lit || channel->dark) return false;
    channel->dark = true;
    return true;
  }
  if (latest.reading != Reading::kValue) return false;
  bool changed = false;
  if (channel->dark) {
    channel->dark = false;
    changed = true;
  }
  if (!monitor && !channel->lit) {
    channel->lit = true;
    changed = true;
  }
  if (channel->power.take(latest.value, latest.time_unix_ns, settings)) {
    channel->moved = true;
    changed = true;
  }
  return changed;
}

std::optional<plant::ReportedLine> ReportedDirection::reported() const {
  plant::ReportedLine line;
  // What the booster is set to is in a monitor's reading behind it already, and its power in that
  // of the line port.
  const DirectionSettings::Sent sent = settings_.sent();
  const double middle = static_cast<double>(channels_.size() - 1) / 2;
  const auto set_db = [&](const Channel& channel) {
    if (channel.monitored) return 0.0;
    const auto at = static_cast<double>(&channel - channels_.data());
    return (total_ ? 0 : sent.shift_db) +
           (middle > 0 ? sent.tilt_db * (at - middle) / (2 * middle) : 0);
  };
  std::vector<int> lit;
  bool more_lit = false;
  double total_mw = 0;
  for (const Channel& channel : channels_) {
    if (channel.dark) {
      line.dark_channels.push_back(channel.number);
      continue;
    }
    if (channel.lit) lit.push_back(channel.number);
    more_lit = more_lit || channel.lit != channel.planned_lit;
    total_mw += to_milliwatts(Dbm(channel.power.in_use() + set_db(channel))).value();
  }
  if (line.dark_channels.size() == channels_.size()) return std::nullopt;
  if (settings_.switched_off() != nullptr) return std::nullopt;
  line.settings = settings_.amplifiers();
  line.pumps = settings_.pumps();
  // What the channels do not explain of the total stands behind the transmitters, and is
  // everyone's.
  double common_db = 0;
  if (total_) {
    const double off = total_->in_use() - to_dbm(Milliwatts(total_mw)).value();
    constexpr double kUnexplained = 0.2;
    if (std::abs(off) >= kUnexplained) common_db = off;
  }
  for (const Channel& channel : channels_) {
    const double beyond_db = set_db(channel) + common_db;
    if (channel.dark || (!channel.moved && beyond_db == 0)) continue;
    line.launch_power.emplace_back(channel.number, Dbm(channel.power.in_use() + beyond_db));
  }
  if (more_lit) line.lit_channels = std::move(lit);
  return line;
}

Follower::Follower(std::shared_ptr<const plant::Plant> plant, FollowSettings settings)
    : plant_(std::move(plant)), settings_(settings) {
  for (const plant::FibrePair& pair : plant_->fibre_pairs) {
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      directions_.emplace_back(*plant_, pair, direction);
    }
  }
  changed_.assign(directions_.size(), false);
}

bool Follower::follows(Quantity quantity) {
  switch (quantity) {
    case Quantity::kChannelOutputPower:
    case Quantity::kMonitoredChannelLaunchPower:
    case Quantity::kLineOutputPower:
    case Quantity::kPowerFeedCurrent:
      return true;
    default:
      return is_setting(quantity);
  }
}

void Follower::take(const fleet::Place& place, const fleet::Latest& latest) {
  if (place.quantity == Quantity::kPowerFeedCurrent) {
    if (latest.reading != Reading::kValue) return;
    feed_currents_[place.station] = latest.value;
    double sum = 0;
    for (const auto& [station, current] : feed_currents_) sum += std::abs(current);
    const double mean = sum / static_cast<double>(feed_currents_.size());
    const double planned = plant_->power_feed ? plant_->power_feed->current.value() : 0;
    const double in_use = feed_current_ ? feed_current_->value() : planned;
    if (std::abs(mean - in_use) >= settings_.feed_current_step_a) {
      feed_current_ = Amperes(mean);
    }
    return;
  }
  if (!follows(place.quantity) || !place.direction) return;
  const auto pair = std::ranges::find(plant_->fibre_pairs, place.fibre_pair, &plant::FibrePair::id);
  if (pair == plant_->fibre_pairs.end()) return;
  const auto slot = 2 * static_cast<std::size_t>(pair - plant_->fibre_pairs.begin()) +
                    (*place.direction == plant::Direction::kAToB ? 0 : 1);
  if (directions_[slot].take(place, latest, settings_)) changed_[slot] = true;
}

std::vector<std::size_t> Follower::take_changed() {
  std::vector<std::size_t> slots;
  for (std::size_t slot = 0; slot < changed_.size(); ++slot) {
    if (!changed_[slot]) continue;
    slots.push_back(slot);
    changed_[slot] = false;
  }
  return slots;
}

}  // namespace caspilink::twin
