// From conditions to alarms: a condition must last to raise one and be gone for a while to clear
// it. What is not known neither raises nor clears. Pure state machine; time is a parameter.
//
//               present for raise_hold_off
//   (nothing) ------------------------------> raised
//             <------------------------------
//               absent for clear_hold_off
//
// Unknown, masked and the dead band between two thresholds hold the state and start the waiting
// anew: a hold-off is an unbroken stretch of certainty.
#pragma once

#include <cstdint>
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
  Key key;
  State state = State::kUnknown;
  Severity severity = Severity::kIndeterminate;
  std::string text;
  // Explains this one: while that alarm stands or its condition is present, this one holds still.
  std::optional<Key> masked_by;
};

struct HoldOff {
  std::int64_t raise_ns = 0;
  std::int64_t clear_ns = 0;
};

struct Event {
  enum class Kind : std::uint8_t { kRaised, kWorsened, kCleared };
  Kind kind = Kind::kRaised;
  Alarm alarm;
};

class Engine {
 public:
  explicit Engine(HoldOff hold_off, std::uint64_t next_id = 1)
      : hold_off_(hold_off), next_id_(next_id) {}

  // Takes over an alarm that stood when the process before this one ended.
  void restore(Alarm alarm);

  // Conditions as of `now`, each key once. A key that is no longer given counts as absent. While an
  // alarm stands its severity only worsens.
  [[nodiscard]] std::vector<Event> step(std::int64_t now_unix_ns,
                                        const std::vector<Condition>& conditions);

  // In the order of their keys.
  [[nodiscard]] std::vector<Alarm> standing() const;

 private:
  struct Track {
    std::optional<Alarm> alarm;
    std::optional<std::int64_t> since;  // when the opposite of the current state began to last
    std::uint64_t visited = 0;
  };

  // True where the condition has lasted `hold_ns` by now.
  static bool lasted(Track& track, std::int64_t now, std::int64_t hold_ns);
  void advance(Track& track, std::int64_t now, State state, const Condition& condition,
               std::vector<Event>& events);

  HoldOff hold_off_;
  std::uint64_t next_id_;
  std::uint64_t steps_ = 0;
  std::map<Key, Track> tracks_;
};

}  // namespace caspilink::alarms
