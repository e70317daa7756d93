// What operators do about alarms, on top of the engine: acknowledge, shelve for a time, plan
// maintenance. Pure; the time to judge by is a parameter.
//
// - An acknowledgement belongs to one alarm; it ends with it, and where its severity rises.
// - A shelf belongs to a type on a resource: what is raised there again before the shelf's end is
//   on it too. It ends by time or by an operator.
// - A maintenance window covers a part of the plant from a start to an end. Alarms it covers are
//   kept and marked, and nobody is told.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/alarms/engine.h"
#include "link_models/result.h"

namespace caspilink::alarms {

// Who does something, and why.
struct Operator {
  std::string name;  // as the certificate or login says; 1 to 128 bytes
  std::string note;  // at most 1024 bytes
};

// kInvalidInput where name or note are out of bounds.
[[nodiscard]] Result<void> check(const Operator& who);

struct MaintenanceWindow {
  std::uint64_t id = 0;
  std::int64_t from_unix_ns = 0;
  std::int64_t until_unix_ns = 0;  // exclusive
  // Of the alarms it covers; empty and none: any. All that are given must match.
  std::string station{};
  std::string fibre_pair{};
  std::optional<plant::Direction> direction{};
  std::string element{};
  std::string by{};
  std::string note{};

  friend bool operator==(const MaintenanceWindow&, const MaintenanceWindow&) = default;
};

[[nodiscard]] bool covers(const MaintenanceWindow& window, const Key& key,
                          std::int64_t time_unix_ns);

inline constexpr std::int64_t kLongestShelf_ns = std::int64_t{90} * 86'400 * 1'000'000'000;
inline constexpr std::size_t kMostShelves = 10'000;
inline constexpr std::size_t kMostWindows = 1'000;  // not yet over

class Desk {
 public:
  explicit Desk(EngineSettings settings, std::uint64_t next_alarm_id = 1,
                std::uint64_t next_window_id = 1)
      : engine_(settings, next_alarm_id), next_window_id_(next_window_id) {}

  // What stood, was shelved and was planned when the process before this one ended. A shelved alarm
  // that was cleared restores the shelf alone.
  void restore(Alarm alarm);
  void restore(MaintenanceWindow window);

  [[nodiscard]] std::vector<Event> step(std::int64_t now_unix_ns,
                                        const std::vector<Condition>& conditions);

  // kNotFound where no alarm of that id stands; kInvalidInput for names, notes and times out of
  // bounds; kExhausted where there are too many. Nothing has changed then.
  [[nodiscard]] Result<Event> acknowledge(std::uint64_t id, const Operator& who,
                                          std::int64_t now_unix_ns);
  [[nodiscard]] Result<Event> shelve(std::uint64_t id, const Operator& who,
                                     std::int64_t until_unix_ns, std::int64_t now_unix_ns);
  [[nodiscard]] Result<Event> unshelve(std::uint64_t id, const Operator& who);
  // Says where its cause is, as from an OTDR; the operator's name goes with it. kInvalidInput for
  // an alarm that another explains, and for one that is not about the cable.
  [[nodiscard]] Result<Event> place(std::uint64_t id, const Operator& who, Cause cause);
  // The window as planned, with its id. Alarms it covers are marked at the next step.
  [[nodiscard]] Result<MaintenanceWindow> plan(MaintenanceWindow window, const Operator& who,
                                               std::int64_t now_unix_ns);
  // Ends a window now; one that has not begun never begins.
  [[nodiscard]] Result<MaintenanceWindow> end(std::uint64_t id, const Operator& who,
                                              std::int64_t now_unix_ns);

  [[nodiscard]] std::vector<AlarmPtr> standing() const { return engine_.standing(); }
  // Not yet over, by id.
  [[nodiscard]] std::vector<MaintenanceWindow> windows() const;

 private:
  // Ends shelves and windows whose time is over, and marks alarms accordingly.
  void expire(std::int64_t now_unix_ns, std::vector<Event>& events);
  void mark(std::int64_t now_unix_ns, std::vector<Event>& events);

  Engine engine_;
  std::map<Key, Shelf> shelves_;
  std::map<std::uint64_t, MaintenanceWindow> windows_;
  std::uint64_t next_window_id_;
  bool covering_ = false;  // a window covered something at the last step
};

}  // namespace caspilink::alarms
