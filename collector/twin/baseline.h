// What each place is compared with over time: its commissioning snapshot, a month ago, and the slow
// trend of years. Owned by one thread; time is a parameter. A look every quarter of an hour, a
// median a day, a median a week: a few kilobytes a place for a cable's life.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/fleet/place.h"
#include "collector/store/records.h"
#include "collector/twin/trend.h"

namespace caspilink::twin {

struct BaselineSettings {
  // Unbroken operation within budget after which a place without a snapshot gets one; 0: never by
  // itself.
  std::int64_t commission_after_ns = 24LL * 3600 * 1'000'000'000;
  // A snapshot older than this is taken again; 0: none is.
  std::int64_t commissioned_since_unix_ns = 0;
  double design_life_years = 25;
};

// What a look of the moment is compared with, in the quantity's wire unit.
struct Baseline {
  std::optional<double> recent;         // median of the last 24 hours
  std::optional<double> commissioning;  // median of the day before the snapshot was taken
  std::optional<std::int64_t> commissioned_unix_ns;
  std::optional<double> from_commissioning;  // recent less commissioning
  std::optional<double> from_month_ago;      // recent less the week around thirty days ago
  std::optional<Trend> trend;                // nothing: the history is too short
};

// One place's history.
class BaselineTrack {
 public:
  // A look; `healthy` where all that it depends on is within budget.
  void look(std::int64_t now_unix_ns, double value, bool healthy, const BaselineSettings& settings);
  // Takes the snapshot now; false, and nothing has happened, without an hour of readings in the
  // last day.
  bool commission(std::int64_t now_unix_ns);
  // Fits the trend anew where a week has ended since.
  void refit(double least_step);

  [[nodiscard]] const Baseline& baseline() const { return baseline_; }
  [[nodiscard]] bool needs_refit() const { return needs_refit_; }
  // Kinds whose record changed since it was last written: "commissioning", "seasonal".
  [[nodiscard]] bool snapshot_changed() const { return snapshot_changed_; }
  [[nodiscard]] bool history_changed() const { return history_changed_; }

  // "commissioning": one value. "seasonal": day number of the first daily median, how many there
  // are, the medians; week number of the first weekly one, how many, the medians. NaN: none.
  [[nodiscard]] std::optional<store::BaselineRecord> snapshot_record();
  [[nodiscard]] store::BaselineRecord history_record();
  // False for a record this program does not understand.
  bool restore(const store::BaselineRecord& record);

 private:
  struct Look {
    std::int64_t unix_ns = 0;
    float value = 0;
  };
  void end_day();
  void end_week(std::int64_t week);
  void compare();

  std::deque<Look> looks_;  // of the last 24 hours
  std::optional<std::int64_t> healthy_since_;
  std::optional<std::int64_t> day_;  // that is going on, since 1970
  std::vector<float> day_values_;
  std::optional<std::int64_t> first_day_;  // of days_
  std::deque<float> days_;                 // one a day, NaN where there was too little
  std::optional<std::int64_t> first_week_;
  std::vector<float> weeks_;
  std::uint64_t snapshot_samples_ = 0;
  bool needs_refit_ = false;
  bool snapshot_changed_ = false;
  bool history_changed_ = false;
  Baseline baseline_;
};

// What an operator's word is about; empty and none: the whole line.
struct BaselineScope {
  std::string fibre_pair;
  std::optional<plant::Direction> direction;
};

struct Commissioned {
  std::size_t taken = 0;  // snapshots
  std::size_t left = 0;   // places that keep what they had, for want of readings
};

// A place's baseline without the fit's inner workings.
struct BaselineSummary {
  fleet::Place place;
  std::optional<double> recent{};
  std::optional<double> commissioning{};
  std::optional<std::int64_t> commissioned_unix_ns{};
  std::optional<double> from_commissioning{};
  std::optional<double> from_month_ago{};
  std::optional<Bounded> per_year{};  // of the trend; nothing: the history is too short
  std::optional<double> season{};
  std::size_t steps = 0;
};

class BaselineBook {
 public:
  explicit BaselineBook(BaselineSettings settings) : settings_(settings) {}

  [[nodiscard]] const BaselineSettings& settings() const { return settings_; }

  // Whether the next look is due, and if so when it counts from: looks stand on quarters of an
  // hour.
  [[nodiscard]] bool due(std::int64_t now_unix_ns) const;
  void looked(std::int64_t now_unix_ns);

  [[nodiscard]] std::size_t size() const { return tracks_.size(); }
  // Made where there is none. References stay good.
  [[nodiscard]] BaselineTrack& track(const fleet::Place& place) { return tracks_[place]; }
  // nullptr where the place was never looked at.
  [[nodiscard]] const BaselineTrack* find(const fleet::Place& place) const;

  // Takes snapshots as of now: an operator's word that the line is as it should be.
  Commissioned commission(std::int64_t now_unix_ns, const BaselineScope& scope);

  // Grows with everything that changes a summary.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  // In the order of places.
  [[nodiscard]] std::vector<BaselineSummary> summaries() const;

  // Works off what looks have left over, a few places a call: fits trends anew, gives the records
  // that changed. `most` bounds both.
  [[nodiscard]] std::vector<store::BaselineRecord> work(std::size_t most);

  // Takes what a store held; records this program does not understand are left out.
  void restore(const std::vector<store::BaselineRecord>& records);

 private:
  BaselineSettings settings_;
  std::map<fleet::Place, BaselineTrack> tracks_;
  std::optional<std::int64_t> looked_quarter_;
  std::optional<fleet::Place> next_;  // where work goes on
  std::uint64_t changes_ = 0;
  bool busy_ = false;
};

// Least shift of a quantity that is taken for a step, as a repair leaves one.
[[nodiscard]] double least_step(codec::Quantity quantity, const Baseline& baseline);

[[nodiscard]] store::PlaceName name_of(const fleet::Place& place);
[[nodiscard]] std::optional<fleet::Place> place_of(const store::PlaceName& name);

}  // namespace caspilink::twin
