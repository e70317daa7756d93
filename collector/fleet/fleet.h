// The latest state of every measurement point, and what each agent has sent: the collector's one
// piece of mutable state about the line. Owned by one thread; time is a parameter.
//
// A batch passes twice: judge() when it arrives says which samples are fit, and apply() once its
// fate is known moves the latest state. Samples older than the latest of their point (back-fill)
// are kept by the store and move nothing here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/fleet/place.h"
#include "collector/store/records.h"
#include "proto/codec/wire.h"

namespace caspilink::fleet {

struct Latest {
  std::int64_t time_unix_ns = 0;
  codec::Reading reading = codec::Reading::kValue;
  double value = 0;                 // wire unit; means something only where reading is kValue
  std::int64_t stale_after_ns = 0;  // of its quantity or source; 0: whatever holds for the rest
};

// Instant and averaged readings are kept apart; minimum and maximum go to the store alone.
struct Point {
  std::optional<Latest> instant;
  std::optional<Latest> average;
  bool moved = false;  // of a watched one: since it was last taken
};

// How long a reading stays fresh where that is not the same for all: a quantity's own time before
// its source's.
struct Freshness {
  std::map<codec::Quantity, std::int64_t> of_quantity_ns;
  std::map<std::string, std::int64_t, std::less<>> of_source_ns;
};

inline constexpr std::size_t kSetAsideReasons = 7;

// Of a source that was declared and has not spoken.
inline constexpr std::int64_t kNeverHeard = INT64_MIN;

// How far the times in live batches are behind the collector's clock: the smallest of some seconds,
// because a batch may hold nothing but slow readings. Below zero: the agent's clock is ahead.
class LiveLag {
 public:
  // `lag_ns` of the newest time in a batch that was no backlog.
  void add(std::int64_t received_unix_ns, std::int64_t lag_ns);
  // Nothing where no live batch came within the last ten seconds.
  [[nodiscard]] std::optional<std::int64_t> smallest_ns(std::int64_t now_unix_ns) const;

 private:
  std::int64_t bucket_ = INT64_MIN;  // number of the five seconds that `current_` is of
  std::optional<std::int64_t> current_;
  std::optional<std::int64_t> previous_;
};

struct AgentState {
  int streams = 0;  // open now
  std::optional<std::int64_t> newest_sample_unix_ns;
  std::map<std::string, std::int64_t> newest_of_source_unix_ns;
  LiveLag live_lag;
  std::uint64_t batches = 0;
  std::uint64_t samples = 0;  // good ones
  std::uint64_t duplicate_batches = 0;
  std::uint64_t refused_batches = 0;
  std::array<std::uint64_t, kSetAsideReasons> set_aside{};  // by store::SetAside
};

// What the series numbers of one boot mean; made by Fleet::declare, looked up a row at a time.
class SeriesIndex {
 public:
  // Largest number declared: what the index costs.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  friend class Fleet;
  struct Entry {
    bool known = false;
    codec::Statistic statistic = codec::Statistic::kInstant;
    double minimum = 0;
    double maximum = 0;
    Point* point = nullptr;  // null: not on the plant
    std::int64_t* source_newest = nullptr;
    std::int64_t stale_after_ns = 0;
    const Place* watched = nullptr;  // where the point's movements are kept
  };
  std::vector<Entry> entries_;  // by number
};

class Fleet {
 public:
  // A sample may be this much later than the collector's clock.
  Fleet(std::shared_ptr<const plant::Plant> plant, std::int64_t allowed_skew_ns,
        Freshness freshness = {});
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Keeps from now on which points of some quantities have moved; series declared before are not
  // watched.
  using Watch = bool (*)(codec::Quantity);
  void watch(Watch which) { watch_ = which; }
  struct Moved {
    const Place* place = nullptr;
    Latest latest;
  };
  // The watched points that have moved since the last call, each once and as it is now.
  [[nodiscard]] std::vector<Moved> take_moved();

  // Adds a catalogue to an index of the same station and boot. Numbers must be bounded by the
  // caller: the index is an array over them. The index must not outlive the fleet.
  void declare(const std::string& station, const codec::Catalogue& catalogue, SeriesIndex& index);

  // One reason a row, or empty where every row is good. Changes nothing.
  [[nodiscard]] std::vector<store::SetAside> judge(const SeriesIndex& index,
                                                   const codec::Batch& batch,
                                                   std::int64_t now_unix_ns) const;

  // Moves the latest state by the good rows. Doing it twice changes nothing more.
  void apply(const SeriesIndex& index, const store::JudgedBatch& judged);

  // Counts a batch that became durable.
  void count(const store::JudgedBatch& judged);

  [[nodiscard]] AgentState& agent(const std::string& station) { return agents_[station]; }
  [[nodiscard]] const std::map<std::string, AgentState>& agents() const { return agents_; }
  [[nodiscard]] const std::map<Place, Point>& points() const { return points_; }
  [[nodiscard]] const plant::Plant& plant() const { return *plant_; }

  // The latest reading not older than its own time, else `staleness_ns`, instant before average;
  // nothing otherwise.
  [[nodiscard]] std::optional<Latest> fresh(const Place& place, std::int64_t now_unix_ns,
                                            std::int64_t staleness_ns) const;

 private:
  bool has_room(const Place& place);
  [[nodiscard]] std::int64_t stale_after_ns(const codec::MeasurementPoint& point) const;

  const std::shared_ptr<const plant::Plant> plant_;
  const std::int64_t allowed_skew_ns_;
  std::map<std::string, AgentState> agents_;
  std::map<Place, Point> points_;
  std::size_t unbounded_points_ = 0;
  const Freshness freshness_;
  Watch watch_ = nullptr;
  std::vector<std::pair<const Place*, Point*>> moved_;
};

// As Fleet::fresh, for one point.
[[nodiscard]] std::optional<Latest> fresh(const Point& point, std::int64_t now_unix_ns,
                                          std::int64_t staleness_ns);

}  // namespace caspilink::fleet
