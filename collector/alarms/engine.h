// From conditions to alarms: a condition must last to raise one and be gone for a while to clear
// it. What is not known neither raises nor clears. Pure state machine; time is a parameter.
//
//               present for the raise hold-off
//   (nothing) ------------------------------> raised
//             <------------------------------
//               absent for the clear hold-off
//
// Unknown and the dead band between two thresholds hold the state and start the waiting anew: a
// hold-off is an unbroken stretch of certainty.
//
// Correlation: a condition names what would explain it. While an explanation is on its way the
// condition waits for it; once that alarm stands, the condition becomes an alarm under it, at once.
// A root raised shortly before its explanation goes under it too. A root is as severe as the worst
// alarm under it has been. When the explanation clears and
// the consequence does not, it becomes a root.
//
// Flapping: an alarm raised too often within a window is held until its condition has been away for
// the calm time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/alarms/alarm.h"

namespace caspilink::alarms {

enum class State : std::uint8_t {
  kAbsent,
  kPresent,
  kDeadBand,  // between the raising and the clearing threshold
  kUnknown,   // no fresh reading says
};

// One thing that may be wrong, as of one moment.
struct Condition {
  Key key{};
  State state = State::kUnknown;
  Severity severity = Severity::kIndeterminate;
  std::string text{};
  Cause cause{};
  // What would explain this one, nearest first; read where the state is kPresent. Conditions come
  // after those that may explain them.
  std::vector<Key> explained_by{};
};

struct HoldOff {
  std::int64_t raise_ns = 0;
  std::int64_t clear_ns = 0;
};

struct Flapping {
  std::size_t raises = 4;  // the raise that makes it flap
  std::int64_t window_ns = 600'000'000'000;
  std::int64_t calm_ns = 300'000'000'000;
};

struct EngineSettings {
  std::array<HoldOff, kTypeCount> hold_off{};  // by Type
  Flapping flapping{};
  std::int64_t adoption_ns = 30'000'000'000;  // a root this much older than its explanation is its
                                              // consequence still
};

// Every type's hold-off as a multiple of the plant's two.
[[nodiscard]] EngineSettings engine_settings(HoldOff plant);

class Engine {
 public:
  explicit Engine(EngineSettings settings, std::uint64_t next_id = 1)
      : settings_(settings), next_id_(next_id) {}

  // Takes over an alarm that stood when the process before this one ended.
  void restore(Alarm alarm);

  // Conditions as of `now`, each key once. A key that is not given is not known; after a day of
  // that it is not there any more, and crossed thresholds are at once. While an alarm stands its
  // severity only worsens.
  [[nodiscard]] std::vector<Event> step(std::int64_t now_unix_ns,
                                        const std::vector<Condition>& conditions);

  // Changes what operators may change of a standing alarm. Null where none of that id stands.
  AlarmPtr change(std::uint64_t id, const std::function<void(Alarm&)>& change);

  // Null where none of that id stands.
  [[nodiscard]] AlarmPtr find(std::uint64_t id) const;

  // In the order of their keys.
  [[nodiscard]] std::vector<AlarmPtr> standing() const;

 private:
  struct Track {
    AlarmPtr alarm;
    std::optional<std::int64_t> since{};    // when the opposite of the current state began to last
    std::uint64_t visited = 0;              // the step that gave its condition last
    std::uint64_t present = 0;              // the step in which it was present last
    std::optional<std::int64_t> missing{};  // since when its condition is not given
    bool away = false;                      // the alarm stands, and its condition has been absent
    std::vector<std::int64_t> raises{};     // within the flapping window, newest last, bounded
  };
  struct Explanation {
    std::uint64_t parent = 0;  // of a standing alarm
    std::int64_t raised_unix_ns = 0;
    bool pending = false;  // present, and not raised yet
  };
  using Tracks = std::map<Key, Track>;

  // True where the condition has lasted `hold_ns` by now.
  static bool lasted(Track& track, std::int64_t now, std::int64_t hold_ns);
  [[nodiscard]] Explanation explanation_of(const Condition& condition) const;
  void advance(Track& track, std::int64_t now, const Condition& condition,
               std::vector<Event>& events);
  void raise(Track& track, std::int64_t now, const Condition& condition, std::uint64_t parent,
             std::vector<Event>& events);
  void hold(Track& track, const Condition& condition, std::vector<Event>& events);
  void relate(Track& track, const Condition& condition, std::vector<Event>& events);
  void inherit(std::vector<Event>& events);
  // What a condition that is not given says.
  static State state_of_missing(Type type, Track& track, std::int64_t now);
  void leave(Track& track, std::int64_t now, std::vector<Event>& events);

  EngineSettings settings_;
  std::uint64_t next_id_;
  std::uint64_t steps_ = 0;
  Tracks tracks_;
  std::map<std::uint64_t, Track*> standing_;  // by id; a map's nodes stay where they are
};

}  // namespace caspilink::alarms
