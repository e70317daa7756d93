#include "collector/alarms/engine.h"

#include <set>
#include <utility>

namespace caspilink::alarms {

void Engine::restore(Alarm alarm) {
  next_id_ = std::max(next_id_, alarm.id + 1);
  Key key = alarm.key;
  tracks_[std::move(key)].alarm = std::move(alarm);
}

bool Engine::lasted(Track& track, std::int64_t now, std::int64_t hold_ns) {
  // A clock that was set back must not make a hold-off last for ever.
  if (!track.since || *track.since > now) track.since = now;
  return now - *track.since >= hold_ns;
}

void Engine::advance(Track& track, std::int64_t now, State state, const Condition& condition,
                     std::vector<Event>& events) {
  if (!track.alarm) {
    if (state != State::kPresent) {
      track.since.reset();
    } else if (lasted(track, now, hold_off_.raise_ns)) {
      track.since.reset();
      track.alarm = Alarm{.id = next_id_++,
                          .key = condition.key,
                          .severity = condition.severity,
                          .text = condition.text,
                          .raised_unix_ns = now,
                          .cleared_unix_ns = std::nullopt};
      events.push_back({Event::Kind::kRaised, *track.alarm});
    }
    return;
  }
  if (state != State::kAbsent) {
    track.since.reset();
    if (state == State::kPresent && condition.severity > track.alarm->severity) {
      track.alarm->severity = condition.severity;
      track.alarm->text = condition.text;
      events.push_back({Event::Kind::kWorsened, *track.alarm});
    }
  } else if (lasted(track, now, hold_off_.clear_ns)) {
    track.since.reset();
    track.alarm->cleared_unix_ns = now;
    events.push_back({Event::Kind::kCleared, *std::exchange(track.alarm, std::nullopt)});
  }
}

std::vector<Event> Engine::step(std::int64_t now_unix_ns,
                                const std::vector<Condition>& conditions) {
  ++steps_;
  std::vector<Event> events;
  std::set<Key> explaining;
  for (const Condition& condition : conditions) {
    if (condition.state == State::kPresent) explaining.insert(condition.key);
  }
  for (const auto& [key, track] : tracks_) {
    if (track.alarm) explaining.insert(key);
  }
  for (const Condition& condition : conditions) {
    const bool masked = condition.masked_by && explaining.contains(*condition.masked_by);
    Track& track = tracks_[condition.key];
    track.visited = steps_;
    advance(track, now_unix_ns, masked ? State::kUnknown : condition.state, condition, events);
  }
  for (auto track = tracks_.begin(); track != tracks_.end();) {
    if (track->second.visited != steps_) {
      advance(track->second, now_unix_ns, State::kAbsent, {}, events);
    }
    // Quiet tracks are made again when needed.
    const bool quiet = !track->second.alarm && !track->second.since;
    track = quiet ? tracks_.erase(track) : std::next(track);
  }
  return events;
}

std::vector<Alarm> Engine::standing() const {
  std::vector<Alarm> alarms;
  for (const auto& [key, track] : tracks_) {
    if (track.alarm) alarms.push_back(*track.alarm);
  }
  return alarms;
}

}  // namespace caspilink::alarms
