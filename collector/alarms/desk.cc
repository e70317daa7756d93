#include "collector/alarms/desk.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace caspilink::alarms {
namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestNote = 1024;

tl::unexpected<Error> no_alarm(std::uint64_t id) {
  return fail(ErrorCode::kNotFound, fmt::format("alarm {}", id), "no alarm of this number stands");
}

// What has no place along the cable.
bool off_the_cable(Type type) {
  const std::string_view group = info(type).group;
  return group == "store" || group == "clock" || group == "agent";
}

}  // namespace

Result<void> check(const Operator& who) {
  if (who.name.empty() || who.name.size() > kLongestName) {
    return fail(
        ErrorCode::kInvalidInput, "operator",
        fmt::format("expected a name of 1 to {} bytes, got {}", kLongestName, who.name.size()));
  }
  if (who.note.size() > kLongestNote) {
    return fail(ErrorCode::kInvalidInput, "note",
                fmt::format("expected at most {} bytes, got {}", kLongestNote, who.note.size()));
  }
  return {};
}

bool covers(const MaintenanceWindow& window, const Key& key, std::int64_t time_unix_ns) {
  const auto fits = [](const auto& wanted, const auto& actual) {
    return wanted.empty() || wanted == actual;
  };
  return window.from_unix_ns <= time_unix_ns && time_unix_ns < window.until_unix_ns &&
         fits(window.station, key.station) && fits(window.fibre_pair, key.fibre_pair) &&
         (!window.direction || window.direction == key.direction) &&
         fits(window.element, key.element);
}

void Desk::restore(Alarm alarm) {
  if (alarm.shelved) shelves_[alarm.key] = *alarm.shelved;
  if (!alarm.cleared_unix_ns) engine_.restore(std::move(alarm));
}

void Desk::restore(MaintenanceWindow window) {
  next_window_id_ = std::max(next_window_id_, window.id + 1);
  const std::uint64_t id = window.id;
  windows_[id] = std::move(window);
  covering_ = true;
}

void Desk::expire(std::int64_t now, std::vector<Event>& events) {
  if (std::ranges::any_of(shelves_,
                          [&](const auto& shelf) { return shelf.second.until_unix_ns <= now; })) {
    std::erase_if(shelves_, [&](const auto& shelf) { return shelf.second.until_unix_ns <= now; });
    for (const AlarmPtr& alarm : engine_.standing()) {
      if (!alarm->shelved || shelves_.contains(alarm->key)) continue;
      events.push_back({Event::Kind::kUnshelved,
                        engine_.change(alarm->id, [](Alarm& copy) { copy.shelved.reset(); })});
    }
  }
  std::erase_if(windows_, [&](const auto& window) { return window.second.until_unix_ns <= now; });
}

void Desk::mark(std::int64_t now, std::vector<Event>& events) {
  if (windows_.empty() && !covering_) return;
  covering_ = false;
  for (const AlarmPtr& alarm : engine_.standing()) {
    std::uint64_t by = 0;
    for (const auto& [id, window] : windows_) {
      if (by == 0 && covers(window, alarm->key, now)) by = id;
    }
    covering_ = covering_ || by != 0;
    if (by == alarm->maintenance) continue;
    const std::uint64_t before = alarm->maintenance;
    AlarmPtr changed = engine_.change(alarm->id, [by](Alarm& copy) { copy.maintenance = by; });
    // From one window straight into another, nothing has happened to it.
    if (by != 0 && before != 0) continue;
    events.push_back(
        {by == 0 ? Event::Kind::kReleased : Event::Kind::kSuppressed, std::move(changed)});
  }
}

std::vector<Event> Desk::step(std::int64_t now_unix_ns, const std::vector<Condition>& conditions) {
  std::vector<Event> events;
  expire(now_unix_ns, events);
  for (Event& event : engine_.step(now_unix_ns, conditions)) {
    if (event.kind == Event::Kind::kRaised) {
      const auto shelf = shelves_.find(event.alarm->key);
      std::uint64_t by = 0;
      for (const auto& [id, window] : windows_) {
        if (by == 0 && covers(window, event.alarm->key, now_unix_ns)) by = id;
      }
      if (shelf != shelves_.end() || by != 0) {
        event.alarm = engine_.change(event.alarm->id, [&](Alarm& copy) {
          if (shelf != shelves_.end()) copy.shelved = shelf->second;
          copy.maintenance = by;
        });
        covering_ = covering_ || by != 0;
      }
    }
    events.push_back(std::move(event));
  }
  mark(now_unix_ns, events);
  return events;
}

Result<Event> Desk::acknowledge(std::uint64_t id, const Operator& who, std::int64_t now_unix_ns) {
  if (auto good = check(who); !good) return tl::unexpected(good.error());
  AlarmPtr alarm = engine_.change(id, [&](Alarm& copy) {
    copy.acknowledged =
        Acknowledgement{.by = who.name, .note = who.note, .at_unix_ns = now_unix_ns};
  });
  if (!alarm) return no_alarm(id);
  return Event{Event::Kind::kAcknowledged, std::move(alarm)};
}

Result<Event> Desk::shelve(std::uint64_t id, const Operator& who, std::int64_t until_unix_ns,
                           std::int64_t now_unix_ns) {
  if (auto good = check(who); !good) return tl::unexpected(good.error());
  if (until_unix_ns <= now_unix_ns || until_unix_ns - now_unix_ns > kLongestShelf_ns) {
    return fail(ErrorCode::kInvalidInput, "until", "expected a time within 90 days from now");
  }
  const AlarmPtr standing = engine_.find(id);
  if (!standing) return no_alarm(id);
  if (shelves_.size() >= kMostShelves && !shelves_.contains(standing->key)) {
    return fail(ErrorCode::kExhausted, "", fmt::format("{} shelves are in use", kMostShelves));
  }
  const Shelf shelf{.by = who.name, .note = who.note, .until_unix_ns = until_unix_ns};
  shelves_[standing->key] = shelf;
  return Event{Event::Kind::kShelved,
               engine_.change(id, [&](Alarm& copy) { copy.shelved = shelf; })};
}

Result<Event> Desk::unshelve(std::uint64_t id, const Operator& who) {
  if (auto good = check(who); !good) return tl::unexpected(good.error());
  const AlarmPtr standing = engine_.find(id);
  if (!standing) return no_alarm(id);
  if (!standing->shelved) {
    return fail(ErrorCode::kInvalidInput, fmt::format("alarm {}", id), "is not shelved");
  }
  shelves_.erase(standing->key);
  return Event{Event::Kind::kUnshelved,
               engine_.change(id, [](Alarm& copy) { copy.shelved.reset(); })};
}

Result<Event> Desk::place(std::uint64_t id, const Operator& who, Cause cause) {
  if (auto good = check(who); !good) return tl::unexpected(good.error());
  const AlarmPtr standing = engine_.find(id);
  if (!standing) return no_alarm(id);
  if (standing->parent != 0) {
    return fail(ErrorCode::kInvalidInput, fmt::format("alarm {}", id),
                fmt::format("follows from alarm {}: place that one", standing->parent));
  }
  if (off_the_cable(standing->key.type)) {
    return fail(ErrorCode::kInvalidInput, fmt::format("alarm {}", id),
                fmt::format("{} has no place on the cable", to_string(standing->key.type)));
  }
  cause.by = who.name;
  AlarmPtr alarm = engine_.change(id, [&](Alarm& copy) { copy.cause = std::move(cause); });
  return Event{Event::Kind::kLocated, std::move(alarm)};
}

Result<MaintenanceWindow> Desk::plan(MaintenanceWindow window, const Operator& who,
                                     std::int64_t now_unix_ns) {
  if (auto good = check(who); !good) return tl::unexpected(good.error());
  if (window.until_unix_ns <= window.from_unix_ns || window.until_unix_ns <= now_unix_ns) {
    return fail(ErrorCode::kInvalidInput, "until", "expected an end after the start and after now");
  }
  if (windows_.size() >= kMostWindows) {
    return fail(ErrorCode::kExhausted, "", fmt::format("{} windows are planned", kMostWindows));
  }
  window.id = next_window_id_++;
  window.by = who.name;
  window.note = who.note;
  windows_[window.id] = window;
  return window;
}

Result<MaintenanceWindow> Desk::end(std::uint64_t id, const Operator& who,
                                    std::int64_t now_unix_ns) {
  if (auto good = check(who); !good) return tl::unexpected(good.error());
  const auto at = windows_.find(id);
  if (at == windows_.end()) {
    return fail(ErrorCode::kNotFound, fmt::format("maintenance {}", id), "no such window is open");
  }
  MaintenanceWindow ended = at->second;
  ended.until_unix_ns = std::max(ended.from_unix_ns, std::min(ended.until_unix_ns, now_unix_ns));
  windows_.erase(at);
  return ended;
}

std::vector<MaintenanceWindow> Desk::windows() const {
  std::vector<MaintenanceWindow> all;
  for (const auto& [id, window] : windows_) all.push_back(window);
  return all;
}

}  // namespace caspilink::alarms
