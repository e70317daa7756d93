#include "tests/collector/scenarios/chronicle.h"

#include <fmt/format.h>

namespace caspilink::scenarios {

void Chronicle::add(double second, const alarms::Event& event) {
  using enum alarms::Event::Kind;
  const alarms::Alarm& alarm = *event.alarm;
  Story& story = stories_[alarm.id];
  story.latest = event.alarm;
  if (alarm.parent != 0) story.parent = alarm.parent;
  story.was_root = story.was_root || alarm.parent == 0;
  if (event.kind == kRaised) {
    story.raised = second;
    if (alarm.shelved) story.notes += " (raised shelved)";
    if (alarm.maintenance != 0) story.notes += " (raised suppressed)";
  } else if (event.kind == kCleared) {
    story.cleared = second;
  } else {
    story.notes += fmt::format(" ({} {:.1f})", alarms::to_string(event.kind), second);
  }
}

std::vector<std::string> Chronicle::lines() const {
  std::map<std::uint64_t, std::map<std::string, int>> under;
  for (const auto& [id, story] : stories_) {
    if (story.was_root) continue;
    std::uint64_t root = story.parent;
    while (stories_.contains(root) && !stories_.at(root).was_root) root = stories_.at(root).parent;
    ++under[root][std::string(alarms::to_string(story.latest->key.type))];
  }
  std::vector<std::string> lines;
  for (const auto& [id, story] : stories_) {
    if (!story.was_root) continue;
    std::string line =
        fmt::format("{:.1f}-{} {} {}{}{}", story.raised,
                    story.cleared < 0 ? std::string() : fmt::format("{:.1f}", story.cleared),
                    alarms::to_string(story.latest->severity), alarms::describe(story.latest->key),
                    story.latest->flapping ? " (flapping)" : "", story.notes);
    const alarms::Cause& cause = story.latest->cause;
    if (cause.position) {
      line += fmt::format(" @ {:.0f}+-{:.0f} km {}", cause.position->km,
                          cause.position->uncertainty_km, cause.element);
    }
    const char* separator = ": ";
    if (under.contains(id)) {
      for (const auto& [type, count] : under.at(id)) {
        line += fmt::format("{}{} {}", separator, type, count);
        separator = ", ";
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> Chronicle::causes() const {
  std::vector<std::string> all;
  for (const auto& [id, story] : stories_) all.push_back(story.latest->cause.text);
  return all;
}

}  // namespace caspilink::scenarios
