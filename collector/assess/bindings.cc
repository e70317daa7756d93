#include "collector/assess/bindings.h"

#include <algorithm>
#include <string>

namespace caspilink::assess {

using codec::Quantity;
using fleet::Place;

Place place_at(Quantity quantity, const std::string& station, const std::string& fibre_pair,
               plant::Direction direction, std::uint32_t channel) {
  return {.quantity = quantity,
          .station = station,
          .fibre_pair = fibre_pair,
          .direction = direction,
          .channel = channel,
          .element = {},
          .peer = {}};
}

const fleet::Point* Bindings::point(const Place& place) const {
  const auto found = fleet_.points().find(place);
  return found == fleet_.points().end() ? nullptr : &found->second;
}

const twin::BaselineTrack* Bindings::track(const Place& place) const {
  return baselines_ == nullptr ? nullptr : baselines_->find(place);
}

void Bindings::follow(const twin::Model& model) {
  const std::size_t tracks = baselines_ == nullptr ? 0 : baselines_->size();
  const bool anew =
      directions.empty() || known_points_ != fleet_.points().size() || known_tracks_ != tracks;
  known_points_ = fleet_.points().size();
  known_tracks_ = tracks;
  directions.resize(model.slots());
  if (anew) sort_by_direction(model);
  for (std::size_t slot = 0; slot < model.slots(); ++slot) {
    const BoundDirection& bound = directions[slot];
    const bool same = bound.budget == model.shared_budget(slot) &&
                      bound.light == model.expects_light(slot) &&
                      bound.sent_power == model.sent_power(slot).value();
    if (anew || !same) bind_direction(model, slot);
  }
  if (anew) {
    bind_paths(model.plant());
    bind_feeds(model.plant());
  }
}

void Bindings::sort_by_direction(const twin::Model& model) {
  for (BoundDirection& bound : directions) bound.figures.clear();
  for (const auto& [place, point] : fleet_.points()) {
    if (!place.direction || tolerances_.find(place.quantity) == nullptr) continue;
    const auto slot = model.slot_of(place.fibre_pair, *place.direction);
    if (slot) directions[*slot].figures.push_back({.reading = {&place, &point}});
  }
}

void Bindings::bind_direction(const twin::Model& model, std::size_t slot) {
  const plant::Plant& plant = model.plant();
  const std::string& pair = plant.fibre_pairs[slot / 2].id;
  const plant::Direction direction = kDirections[slot % 2];
  BoundDirection& bound = directions[slot];
  bound.budget = model.shared_budget(slot);
  bound.light = model.expects_light(slot);
  bound.sent_power = model.sent_power(slot).value();
  bound.sent = point(
      place_at(Quantity::kLineOutputPower, plant::sender(plant, direction).id, pair, direction));
  const Place received =
      place_at(Quantity::kLineInputPower, plant::receiver(plant, direction).id, pair, direction);
  bound.received = point(received);
  bound.received_track = track(received);
  bind_channels(model, slot);
  for (BoundFigure& figure : bound.figures) {
    const Place& place = *figure.reading.place;
    figure.yardstick.reset();
    figure.channel = BoundFigure::kOfTheLine;
    if (place.channel != 0) {
      const auto channel =
          std::ranges::lower_bound(bound.channels, place.channel, {}, &BoundChannel::number);
      // What a channel monitor sees of slots that nobody uses is no channel's.
      if (channel == bound.channels.end() || channel->number != place.channel) continue;
      figure.channel = static_cast<std::size_t>(channel - bound.channels.begin());
    }
    if (const auto expected = model.expected(place)) {
      figure.yardstick = yardstick_of(tolerances_, place.quantity, *expected);
    }
  }
}

void Bindings::bind_channels(const twin::Model& model, std::size_t slot) {
  const plant::Plant& plant = model.plant();
  const std::string& pair = plant.fibre_pairs[slot / 2].id;
  const plant::Direction direction = kDirections[slot % 2];
  const std::string& sender = plant::sender(plant, direction).id;
  const std::string& receiver = plant::receiver(plant, direction).id;
  BoundDirection& bound = directions[slot];
  bound.channels.clear();
  for (const auto* known : {&model.designed(slot), &model.budget(slot)}) {
    for (const budget::ChannelBudget& channel : known->channels) {
      if (!channel.lit) continue;
      const auto number = static_cast<std::uint32_t>(channel.number);
      const auto at = std::ranges::lower_bound(bound.channels, number, {}, &BoundChannel::number);
      if (at == bound.channels.end() || at->number != number) {
        bound.channels.insert(at, {.number = number, .expected_q = channel.q});
      } else if (bound.light) {
        at->expected_q = channel.q;
      }
    }
  }
  for (BoundChannel& channel : bound.channels) {
    const auto here = [&](Quantity quantity) {
      return place_at(quantity, receiver, pair, direction, channel.number);
    };
    channel.sent =
        point(place_at(Quantity::kChannelOutputPower, sender, pair, direction, channel.number));
    channel.received = point(here(Quantity::kChannelInputPower));
    channel.q = point(here(Quantity::kQValue));
    channel.q_track = track(here(Quantity::kQValue));
  }
}

void Bindings::bind_paths(const plant::Plant& plant) {
  paths.clear();
  for (const plant::FibrePair& pair : plant.fibre_pairs) {
    for (const bool from_a : {true, false}) {
      const plant::Station& station = from_a ? plant.a() : plant.b();
      const plant::Station& peer = from_a ? plant.b() : plant.a();
      const auto find = [&](Quantity quantity) {
        return point({.quantity = quantity,
                      .station = station.id,
                      .fibre_pair = pair.id,
                      .direction = std::nullopt,
                      .channel = 0,
                      .element = {},
                      .peer = peer.id});
      };
      paths.push_back({.smallest = find(Quantity::kRoundTripDelayMinimum),
                       .median = find(Quantity::kRoundTripDelay),
                       .probe_loss = find(Quantity::kProbeLoss),
                       .outbound = find(Quantity::kOneWayDelayOutbound),
                       .inbound = find(Quantity::kOneWayDelayInbound),
                       .clocks_bound = find(Quantity::kOneWayDelayErrorBound)});
    }
  }
}

void Bindings::bind_feeds(const plant::Plant& plant) {
  for (std::size_t i = 0; i < feeds.size(); ++i) {
    const auto all = [&](Quantity quantity) {
      std::vector<const fleet::Point*> found;
      const std::string& station = plant.stations[i].id;
      const Place first{.quantity = quantity, .station = station};
      for (auto it = fleet_.points().lower_bound(first);
           it != fleet_.points().end() && it->first.quantity == quantity &&
           it->first.station == station;
           ++it) {
        found.push_back(&it->second);
      }
      return found;
    };
    feeds[i] = {.voltages = all(Quantity::kPowerFeedVoltage),
                .currents = all(Quantity::kPowerFeedCurrent)};
  }
}

}  // namespace caspilink::assess
