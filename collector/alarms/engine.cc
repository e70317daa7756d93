#include "collector/alarms/engine.h"

#include <algorithm>
#include <utility>

namespace caspilink::alarms {
namespace {

std::int64_t times(std::int64_t hold_ns, double factor) {
  return static_cast<std::int64_t>(static_cast<double>(hold_ns) * factor);
}

// What nobody has looked at for so long is not on the plant any more.
constexpr std::int64_t kForgotten_ns = std::int64_t{24} * 3600 * 1'000'000'000;

// Writes a changed copy; the alarm others hold stays what it was.
template <typename Change>
void rewrite(AlarmPtr& alarm, Change change) {
  auto copy = std::make_shared<Alarm>(*alarm);
  change(*copy);
  alarm = std::move(copy);
}

// A new cause is news where it names something, or places it elsewhere or a good deal better.
bool better(const Cause& now, const Cause& before) {
  if (!before.by.empty() || (now.element.empty() && !now.position)) return false;
  if (now.position && !before.position) return true;
  if (before.position && !now.position) return false;
  if (!now.position) return now.element != before.element;
  const bool moved = std::abs(now.position->km - before.position->km) >
                     std::max(now.position->uncertainty_km, before.position->uncertainty_km);
  return moved || now.position->uncertainty_km < 0.8 * before.position->uncertainty_km;
}

}  // namespace

EngineSettings engine_settings(HoldOff plant) {
  EngineSettings settings;
  for (const TypeInfo& type : types()) {
    settings.hold_off[static_cast<std::size_t>(type.type)] = {
        .raise_ns = times(plant.raise_ns, type.raise_factor),
        .clear_ns = times(plant.clear_ns, type.clear_factor)};
  }
  return settings;
}

void Engine::restore(Alarm alarm) {
  next_id_ = std::max(next_id_, alarm.id + 1);
  const Key key = alarm.key;
  const auto [at, added] = tracks_.try_emplace(key);
  if (at->second.alarm) standing_.erase(at->second.alarm->id);
  at->second.alarm = std::make_shared<const Alarm>(std::move(alarm));
  standing_[at->second.alarm->id] = &at->second;
}

bool Engine::lasted(Track& track, std::int64_t now, std::int64_t hold_ns) {
  // A clock that was set back must not make a hold-off last for ever.
  if (!track.since || *track.since > now) track.since = now;
  return now - *track.since >= hold_ns;
}

Engine::Explanation Engine::explanation_of(const Condition& condition) const {
  Explanation found;
  for (const Key& key : condition.explained_by) {
    const auto at = tracks_.find(key);
    if (at == tracks_.end()) continue;
    if (at->second.alarm) {
      return {.parent = at->second.alarm->id,
              .raised_unix_ns = at->second.alarm->raised_unix_ns,
              .pending = false};
    }
    found.pending = found.pending || at->second.present == steps_;
  }
  return found;
}

void Engine::raise(Track& track, std::int64_t now, const Condition& condition, std::uint64_t parent,
                   std::vector<Event>& events) {
  std::erase_if(track.raises, [&](std::int64_t at) {
    return at > now || now - at > settings_.flapping.window_ns;
  });
  if (track.raises.size() >= settings_.flapping.raises) track.raises.erase(track.raises.begin());
  track.raises.push_back(now);
  track.since.reset();
  track.away = false;
  track.alarm = std::make_shared<const Alarm>(
      Alarm{.id = next_id_++,
            .key = condition.key,
            .severity = condition.severity,
            .text = condition.text,
            .raised_unix_ns = now,
            .parent = parent,
            .flapping = track.raises.size() >= settings_.flapping.raises,
            .cause = condition.cause});
  standing_[track.alarm->id] = &track;
  events.push_back({Event::Kind::kRaised, track.alarm});
}

void Engine::relate(Track& track, const Condition& condition, std::vector<Event>& events) {
  const Alarm& alarm = *track.alarm;
  const Explanation explanation = explanation_of(condition);
  const bool parent_stands = alarm.parent != 0 && standing_.contains(alarm.parent);
  if (alarm.parent != 0 && !parent_stands) {
    rewrite(track.alarm, [&](Alarm& copy) { copy.parent = explanation.parent; });
    events.push_back(
        {explanation.parent != 0 ? Event::Kind::kAdopted : Event::Kind::kPromoted, track.alarm});
  } else if (explanation.parent != 0 && explanation.parent != alarm.parent &&
             (parent_stands ||
              explanation.raised_unix_ns - alarm.raised_unix_ns <= settings_.adoption_ns)) {
    // An alarm that was there long before has a cause of its own, unless it is under one already.
    rewrite(track.alarm, [&](Alarm& copy) { copy.parent = explanation.parent; });
    events.push_back({Event::Kind::kAdopted, track.alarm});
  }
}

void Engine::hold(Track& track, const Condition& condition, std::vector<Event>& events) {
  if (track.away) {
    track.away = false;
    rewrite(track.alarm, [](Alarm& copy) { ++copy.flaps; });
  }
  if (condition.severity > track.alarm->severity) {
    rewrite(track.alarm, [&](Alarm& copy) {
      copy.severity = condition.severity;
      copy.text = condition.text;
      copy.acknowledged.reset();
    });
    events.push_back({Event::Kind::kWorsened, track.alarm});
  }
  if (better(condition.cause, track.alarm->cause)) {
    rewrite(track.alarm, [&](Alarm& copy) { copy.cause = condition.cause; });
    events.push_back({Event::Kind::kLocated, track.alarm});
  }
}

void Engine::inherit(std::vector<Event>& events) {
  std::vector<Event> worsened;
  for (const Event& event : events) {
    // By id, so that what later events of the step made of it counts.
    const auto child = standing_.find(event.alarm->id);
    if (child == standing_.end() || child->second->alarm->parent == 0) continue;
    const Severity severity = child->second->alarm->severity;
    auto above = standing_.find(child->second->alarm->parent);
    for (std::size_t step = 0; step < kTypeCount && above != standing_.end(); ++step) {
      Track& track = *above->second;
      if (track.alarm->severity < severity) {
        rewrite(track.alarm, [&](Alarm& copy) {
          copy.severity = severity;
          copy.acknowledged.reset();
        });
        // Raised just now, it is raised with that severity.
        const auto raised = std::ranges::find_if(events, [&](const Event& one) {
          return one.kind == Event::Kind::kRaised && one.alarm->id == track.alarm->id;
        });
        if (raised != events.end()) {
          raised->alarm = track.alarm;
        } else {
          worsened.push_back({Event::Kind::kWorsened, track.alarm});
        }
      }
      above = standing_.find(track.alarm->parent);
    }
  }
  events.insert(events.end(), worsened.begin(), worsened.end());
}

void Engine::leave(Track& track, std::int64_t now, std::vector<Event>& events) {
  track.away = true;
  const auto& hold_off = settings_.hold_off[static_cast<std::size_t>(track.alarm->key.type)];
  const std::int64_t hold = track.alarm->flapping
                                ? std::max(settings_.flapping.calm_ns, hold_off.clear_ns)
                                : hold_off.clear_ns;
  if (!lasted(track, now, hold)) return;
  track.since.reset();
  rewrite(track.alarm, [&](Alarm& copy) { copy.cleared_unix_ns = now; });
  standing_.erase(track.alarm->id);
  events.push_back({Event::Kind::kCleared, std::exchange(track.alarm, nullptr)});
}

void Engine::advance(Track& track, std::int64_t now, const Condition& condition,
                     std::vector<Event>& events) {
  const State state = condition.state;
  if (state == State::kPresent) track.present = steps_;
  if (!track.alarm) {
    if (state != State::kPresent) {
      track.since.reset();
      return;
    }
    const auto& hold_off = settings_.hold_off[static_cast<std::size_t>(condition.key.type)];
    const bool long_enough = lasted(track, now, hold_off.raise_ns);
    const Explanation explanation = explanation_of(condition);
    if (explanation.parent != 0 || (long_enough && !explanation.pending)) {
      raise(track, now, condition, explanation.parent, events);
    }
    return;
  }
  if (state == State::kAbsent) {
    leave(track, now, events);
    return;
  }
  track.since.reset();
  if (state == State::kPresent) hold(track, condition, events);
  relate(track, condition, events);
}

State Engine::state_of_missing(Type type, Track& track, std::int64_t now) {
  if (!track.missing || *track.missing > now) track.missing = now;
  const bool gone = type == Type::kThresholdCrossed || now - *track.missing >= kForgotten_ns;
  return gone ? State::kAbsent : State::kUnknown;
}

std::vector<Event> Engine::step(std::int64_t now_unix_ns,
                                const std::vector<Condition>& conditions) {
  ++steps_;
  std::vector<Event> events;
  for (const Condition& condition : conditions) {
    auto at = tracks_.find(condition.key);
    if (at == tracks_.end()) {
      if (condition.state != State::kPresent) continue;
      at = tracks_.try_emplace(condition.key).first;
    }
    at->second.visited = steps_;
    at->second.missing.reset();
    advance(at->second, now_unix_ns, condition, events);
  }
  for (auto at = tracks_.begin(); at != tracks_.end();) {
    Track& track = at->second;
    if (track.visited != steps_) {
      const State state = state_of_missing(at->first.type, track, now_unix_ns);
      advance(track, now_unix_ns, {.key = at->first, .state = state}, events);
    }
    // Quiet tracks are made again when needed.
    const bool quiet = !track.alarm && !track.since &&
                       (track.raises.empty() || now_unix_ns < track.raises.back() ||
                        now_unix_ns - track.raises.back() > settings_.flapping.window_ns);
    at = quiet ? tracks_.erase(at) : std::next(at);
  }
  inherit(events);
  return events;
}

AlarmPtr Engine::change(std::uint64_t id, const std::function<void(Alarm&)>& change) {
  const auto at = standing_.find(id);
  if (at == standing_.end()) return nullptr;
  rewrite(at->second->alarm, change);
  return at->second->alarm;
}

AlarmPtr Engine::find(std::uint64_t id) const {
  const auto at = standing_.find(id);
  return at == standing_.end() ? nullptr : at->second->alarm;
}

std::vector<AlarmPtr> Engine::standing() const {
  std::vector<AlarmPtr> alarms;
  for (const auto& [key, track] : tracks_) {
    if (track.alarm) alarms.push_back(track.alarm);
  }
  return alarms;
}

}  // namespace caspilink::alarms
