// Follows the store and writes what its readings come to: 15-minute and 24-hour bins, errored and
// unavailable seconds, threshold crossings, service levels. Because it reads what the store holds,
// a reading counts once whatever happened on its way here; because an interval is a function of its
// readings, one that late readings touch is computed again from the store, whole.
//
// Threading: step() and the destructor on one thread; latest() and stop() on any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/performance/interval.h"
#include "collector/performance/service_level.h"
#include "collector/performance/threshold_watch.h"
#include "collector/store/history.h"
#include "collector/store/known_series.h"
#include "collector/store/store.h"

namespace caspilink::performance {

// What others show of it.
struct Snapshot {
  std::int64_t time_unix_ns = 0;
  std::vector<Crossing> crossings;
  std::vector<store::BinRecord> counts;  // of the last interval that was closed
  std::vector<ServiceLevel> this_month;  // UTC, up to the last interval that was closed
  std::size_t intervals_to_correct = 0;  // late readings touched them
};

// What else is to be known of an interval that is closed, or computed again: bins to be written
// beside its own. Called where step() is, which it holds up.
using Judge = std::function<Result<std::vector<store::BinRecord>>(std::int64_t start_unix_s)>;

class Recorder {
 public:
  // Goes on where the watermark in the store says. `store` must outlive the recorder.
  [[nodiscard]] static Result<std::unique_ptr<Recorder>> open(
      const std::string& store_directory, store::Store& store,
      std::shared_ptr<const plant::Plant> plant, Settings settings, std::int64_t now_unix_ns,
      Judge judge = {});

  // Takes in what has come and closes what has ended; a bounded amount of work, so that it catches
  // up over several steps. Meant to be called once a second.
  [[nodiscard]] Result<void> step(std::int64_t now_unix_ns);

  // From any thread: a step that goes on ends soon, with kUnavailable, and so does every later one.
  // Bins are not lost by it: they are made from the store, where following goes on another time.
  void stop() { history_->stop(); }

  // Null before the first step.
  [[nodiscard]] std::shared_ptr<const Snapshot> latest() const;

 private:
  struct Open {
    Interval interval;
    std::int64_t position_before = 0;  // where following must begin to see all of it again
  };
  struct Series {
    std::optional<std::uint32_t> place;
    codec::Statistic statistic = codec::Statistic::kInstant;
  };

  Recorder(std::unique_ptr<store::History> history, store::Store& store,
           std::shared_ptr<const plant::Plant> plant, Settings settings, Judge judge);
  [[nodiscard]] Result<void> resume(std::int64_t now_unix_ns);
  [[nodiscard]] Result<bool> follow(std::int64_t now_unix_ns);  // true: nothing is left
  void take(const store::FollowedBatch& followed, std::int64_t now_unix_ns);
  Series look_up(const store::FollowedBatch& followed, std::uint32_t number);
  [[nodiscard]] Result<void> close_ended(std::int64_t now_unix_ns);
  [[nodiscard]] Result<void> close(std::int64_t start_unix_s, std::int64_t now_unix_ns);
  [[nodiscard]] Result<void> judge(std::int64_t start_unix_s);
  [[nodiscard]] Result<void> correct_one(std::int64_t now_unix_ns);
  [[nodiscard]] Result<void> make_days(std::int64_t now_unix_ns);
  [[nodiscard]] Result<std::vector<store::BinRecord>> quarters_of_day(std::int64_t day_unix_s);
  [[nodiscard]] Result<void> measure_month(std::int64_t now_unix_ns);
  void watch(std::int64_t now_unix_ns);
  void publish(std::int64_t now_unix_ns);

  std::unique_ptr<store::History> history_;
  store::Store& store_;
  const Settings settings_;
  const Judge judge_;
  Places places_;
  ThresholdWatch watch_;

  std::int64_t position_ = 0;
  std::int64_t closed_until_unix_s_ = 0;             // every interval that began before is closed
  std::map<std::int64_t, Open> open_;                // by start
  std::map<std::int64_t, std::int64_t> to_correct_;  // start to when it was last touched
  std::map<std::int64_t, std::int64_t> days_due_;    // start to when its bins may be made
  std::vector<store::BinRecord> today_;              // closed 15-minute bins that day limits watch
  bool month_due_ = true;
  std::vector<store::BinRecord> counts_;
  std::vector<ServiceLevel> this_month_;
  store::KnownSeries<Series> known_;

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> latest_;
};

}  // namespace caspilink::performance
