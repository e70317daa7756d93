// What turns one kind of equipment into Observations. README.md shows how to add one.
//
// Threading: a source belongs to the io_context of its context; every call to it is made there, and
// it calls its sink there. What it does elsewhere (a library's threads, a blocking read) it posts
// back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "link_models/result.h"
#include "proto/codec/observation.h"

namespace asio {
class io_context;
}

namespace caspilink::sources {

// Takes what was observed. The span is the source's; what is kept of it is copied.
using Sink = std::function<void(std::span<const codec::Observation>)>;

// Nanoseconds since the Unix epoch.
using Clock = std::function<std::int64_t()>;

struct Context {
  asio::io_context& io;
  Clock now_unix_ns;
  // How many samples the agent takes now of a source that could bring more than it can keep; 0: not
  // now. Without it, any number. What equipment says is not held back.
  std::function<std::size_t()> room = nullptr;
};

// A histogram of what a source measured since it started, for its metrics.
struct Distribution {
  std::string name;  // "round_trip_delay_seconds"; the agent's prefix goes before it
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<double> bounds;         // upper, ascending
  std::vector<std::uint64_t> counts;  // of each bucket alone; one more than bounds
  double sum = 0;
};

// What a source says of itself; for /metrics, /readyz and the log.
struct Health {
  std::string name;  // MeasurementPoint::source of what it observes
  std::string kind;  // "gnmi"
  bool up = false;   // connected, and data arrives as often as it should
  std::optional<std::int64_t> last_update_unix_ns;  // arrival of the newest data
  std::uint64_t observations = 0;
  std::map<std::string, std::uint64_t> errors;    // count by kind: "connect", "silent", ...
  std::map<std::string, std::uint64_t> parts;     // equipment's parts by their state: "ACTIVE", ...
  std::map<std::string, std::uint64_t> counters;  // of the kind's own: "packets_sent", ...
  std::vector<Distribution> distributions;
  std::string detail;  // the latest trouble, in a line; empty when up
};

class Source {
 public:
  virtual ~Source() = default;

  // Begins to observe, and keeps trying whatever happens: equipment that does not answer is a state
  // that health() tells, not an error. Called once.
  virtual void start(Sink sink) = 0;

  // Ends observing. No call to the sink follows. Called once, after start.
  virtual void stop() = 0;

  [[nodiscard]] virtual Health health() const = 0;
};

// Makes a source from its part of the configuration, when the agent starts. Fails where something
// the source cannot do without is wrong: an address in use, a key file that does not read.
using MakeSource = std::function<Result<std::unique_ptr<Source>>(const Context&)>;

}  // namespace caspilink::sources
