// Alarms in the terms of RFC 8632: a type on a resource, with a severity, raised and cleared; what
// operators have done about it; which alarm explains it, and what probably caused it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector/alarms/types.h"
#include "link_models/plant/direction.h"

namespace caspilink::alarms {

// RFC 8632 section 3.2, worst last.
enum class Severity : std::uint8_t { kIndeterminate, kWarning, kMinor, kMajor, kCritical };

[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::optional<Severity> severity_from_string(std::string_view text);

// What an alarm is about: alarm type, its qualifier, and the resource. Empty text, 0 and no
// direction: does not apply.
struct Key {
  Type type{};
  std::string qualifier{};  // tells alarms of one type on one resource apart: "es_15min"
  std::string station{};
  std::string fibre_pair{};
  std::optional<plant::Direction> direction{};
  std::uint32_t channel = 0;
  std::string element{};  // of the plant or of the station: "R3", "booster"
  std::string source{};   // of an agent

  friend bool operator==(const Key&, const Key&) = default;
  friend auto operator<=>(const Key&, const Key&) = default;
};

// "fibre_pair_cut FP03", "channel_loss_of_light FP01 a-b 32": for people, logs and audits.
[[nodiscard]] std::string describe(const Key& key);

// Distance along the line from station a, in kilometres of cable.
struct Position {
  double km = 0;
  double uncertainty_km = 0;  // half the width within which it probably is

  friend bool operator==(const Position&, const Position&) = default;
};

// What probably made the alarm. Unknown stays empty.
struct Cause {
  std::string element{};  // of the plant or a station: "S3", "R2", "transmitter 32 at sumgait"
  std::string text{};     // for people: what points to it
  std::optional<Position> position{};
  std::string by{};  // the operator who said so; what readings say then does not change it

  friend bool operator==(const Cause&, const Cause&) = default;
};

struct Acknowledgement {
  std::string by;
  std::string note;
  std::int64_t at_unix_ns = 0;

  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

struct Shelf {
  std::string by;
  std::string note;
  std::int64_t until_unix_ns = 0;

  friend bool operator==(const Shelf&, const Shelf&) = default;
};

struct Alarm {
  std::uint64_t id = 0;
  Key key{};
  Severity severity = Severity::kIndeterminate;
  std::string text{};  // for people: what was seen
  std::int64_t raised_unix_ns = 0;
  std::optional<std::int64_t> cleared_unix_ns{};
  std::uint64_t parent = 0;  // the alarm this is a consequence of; 0: it is a root
  bool flapping = false;     // comes and goes: held until it has been calm
  std::uint32_t flaps = 0;   // how often it came back while it was held
  Cause cause{};
  std::optional<Acknowledgement> acknowledged{};
  std::optional<Shelf> shelved{};
  std::uint64_t maintenance = 0;  // the window that covers it now; 0: none

  friend bool operator==(const Alarm&, const Alarm&) = default;
};

// Alarms are shared, never changed: a change is a new value.
using AlarmPtr = std::shared_ptr<const Alarm>;

// Whether people are to be told: roots that nobody has shelved and no maintenance covers.
[[nodiscard]] bool notifies(const Alarm& alarm);

// What happened to an alarm; the alarm as it is afterwards.
struct Event {
  enum class Kind : std::uint8_t {
    kRaised,
    kWorsened,  // severity rose; an acknowledgement is undone
    kAdopted,   // a wider alarm explains it now
    kPromoted,  // what explained it is over, and it is not
    kLocated,   // its probable cause became known or better known
    kAcknowledged,
    kShelved,
    kUnshelved,   // by an operator or by time
    kSuppressed,  // a maintenance window covers it
    kReleased,    // and no longer does
    kCleared,
  };
  Kind kind = Kind::kRaised;
  AlarmPtr alarm;
};

[[nodiscard]] std::string_view to_string(Event::Kind kind);  // "raised"

}  // namespace caspilink::alarms
