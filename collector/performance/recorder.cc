#include "collector/performance/recorder.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "collector/performance/day.h"
#include "collector/performance/month_levels.h"

namespace caspilink::performance {
namespace {

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kQuarter_s = store::kQuarterHour_s;
constexpr std::int64_t kDayLength_s = store::kDay_s;
constexpr const char* kReceiver = "performance";
constexpr std::size_t kBatchesAtOnce = 500;
constexpr int kReadsAStep = 40;
constexpr std::size_t kMostPlaces = 500'000;
// After this long an interval is closed even where following lags behind.
constexpr std::int64_t kLongestWait_s = 3600;

std::int64_t floor_to(std::int64_t second, std::int64_t length) {
  return second - ((second % length) + length) % length;
}

bool any(std::string_view) { return true; }

}  // namespace

Recorder::Recorder(std::unique_ptr<store::History> history, store::Store& store,
                   std::shared_ptr<const plant::Plant> plant, Settings settings, Judge judge)
    : history_(std::move(history)),
      store_(store),
      settings_(std::move(settings)),
      judge_(std::move(judge)),
      places_(std::move(plant), kMostPlaces),
      watch_(settings_.thresholds) {}

Result<std::unique_ptr<Recorder>> Recorder::open(const std::string& store_directory,
                                                 store::Store& store,
                                                 std::shared_ptr<const plant::Plant> plant,
                                                 Settings settings, std::int64_t now_unix_ns,
                                                 Judge judge) {
  auto history = store::History::open(store_directory);
  if (!history) return tl::unexpected(history.error());
  std::unique_ptr<Recorder> recorder(new Recorder(std::move(*history), store, std::move(plant),
                                                  std::move(settings), std::move(judge)));
  if (auto resumed = recorder->resume(now_unix_ns); !resumed) {
    return tl::unexpected(resumed.error());
  }
  return recorder;
}

Result<void> Recorder::resume(std::int64_t now_unix_ns) {
  closed_until_unix_s_ = floor_to(now_unix_ns / kNanos, kQuarter_s);
  const auto found = history_->watermarks([&](const store::WatermarkRecord& mark) {
    if (mark.receiver != kReceiver) return;
    position_ = mark.position;
    closed_until_unix_s_ = std::min(closed_until_unix_s_, mark.at_unix_ns / kNanos);
  });
  if (!found) return found;
  // A day whose bins were due when the process before this one ended.
  const std::int64_t today = floor_to(closed_until_unix_s_, kDayLength_s);
  days_due_[today - kDayLength_s] = now_unix_ns;
  auto quarters = quarters_of_day(floor_to(now_unix_ns / kNanos, kDayLength_s));
  if (!quarters) return tl::unexpected(quarters.error());
  today_ = std::move(*quarters);
  return {};
}

Result<void> Recorder::step(std::int64_t now_unix_ns) {
  auto caught_up = follow(now_unix_ns);
  if (!caught_up) return tl::unexpected(caught_up.error());
  const std::int64_t oldest_end_s = closed_until_unix_s_ + kQuarter_s;
  if (*caught_up || now_unix_ns / kNanos - oldest_end_s > kLongestWait_s) {
    if (auto closed = close_ended(now_unix_ns); !closed) return closed;
  }
  if (auto corrected = correct_one(now_unix_ns); !corrected) return corrected;
  if (auto made = make_days(now_unix_ns); !made) return made;
  if (month_due_) {
    if (auto measured = measure_month(now_unix_ns); !measured) return measured;
  }
  watch(now_unix_ns);
  publish(now_unix_ns);
  return {};
}

std::shared_ptr<const Snapshot> Recorder::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

Result<bool> Recorder::follow(std::int64_t now_unix_ns) {
  for (int read = 0; read < kReadsAStep; ++read) {
    const auto reached =
        history_->follow(position_, kBatchesAtOnce,
                         [&](const store::FollowedBatch& batch) { take(batch, now_unix_ns); });
    if (!reached) return tl::unexpected(reached.error());
    if (*reached == position_) return true;
    position_ = *reached;
  }
  return false;
}

void Recorder::take(const store::FollowedBatch& followed, std::int64_t now_unix_ns) {
  const store::JudgedBatch& judged = followed.batch;
  const codec::Batch& batch = judged.batch;
  auto& known = known_.turn_to(judged.agent, batch.id.boot);
  Interval* latest = nullptr;  // that took the reading before: nearly always this one's as well
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (judged.reason(row) != store::SetAside::kNone) continue;
    const std::uint32_t number = batch.series[row];
    const Series& series = known.get(number, [&] { return look_up(followed, number); });
    if (!series.place) continue;
    const std::int64_t time = batch.times_unix_ns[row];
    const auto add_to = [&](Interval& interval) {
      interval.add(*series.place, time, series.statistic, batch.reading(row), batch.values[row],
                   settings_);
      latest = &interval;
    };
    if (latest != nullptr && Interval::wants_alone(latest->start_unix_s(), time)) {
      add_to(*latest);
      continue;
    }
    const std::int64_t own = floor_to(time / kNanos, kQuarter_s);
    // Its own interval, and a neighbour whose margin it lies in.
    for (const std::int64_t start : {own - kQuarter_s, own, own + kQuarter_s}) {
      if (!Interval::wants(start, time)) continue;
      if (start < closed_until_unix_s_) {
        to_correct_[start] = now_unix_ns;
        continue;
      }
      auto found = open_.find(start);
      if (found == open_.end()) {
        found = open_.emplace(start, Open{Interval(places_, start), position_}).first;
      }
      add_to(found->second.interval);
    }
  }
}

Recorder::Series Recorder::look_up(const store::FollowedBatch& followed, std::uint32_t number) {
  const codec::MeasurementPoint* point = followed.point(number);
  if (point == nullptr) return {};
  return {.place = places_.number(followed.batch.agent, *point), .statistic = point->statistic};
}

Result<void> Recorder::close_ended(std::int64_t now_unix_ns) {
  const std::int64_t now_s = now_unix_ns / kNanos;
  while (closed_until_unix_s_ + kQuarter_s + settings_.grace_s <= now_s) {
    // Nothing to close in a stretch without readings.
    if (open_.empty()) {
      closed_until_unix_s_ = floor_to(now_s - settings_.grace_s, kQuarter_s);
      break;
    }
    const std::int64_t first = open_.begin()->first;
    if (first > closed_until_unix_s_ && first + kQuarter_s + settings_.grace_s <= now_s) {
      closed_until_unix_s_ = first;
    }
    if (auto closed = close(closed_until_unix_s_, now_unix_ns); !closed) return closed;
  }
  return {};
}

Result<void> Recorder::judge(std::int64_t start_unix_s) {
  if (!judge_) return {};
  auto bins = judge_(start_unix_s);
  if (!bins) return tl::unexpected(bins.error());
  for (store::BinRecord& bin : *bins) store_.record(std::move(bin));
  return {};
}

Result<void> Recorder::close(std::int64_t start_unix_s, std::int64_t now_unix_ns) {
  // Before anything of the interval is let go: what fails here is tried again.
  if (open_.contains(start_unix_s)) {
    if (auto judged = judge(start_unix_s); !judged) return judged;
  }
  counts_.clear();
  if (const auto found = open_.extract(start_unix_s)) {
    for (store::BinRecord& bin : found.mapped().interval.bins(settings_, any)) {
      watch_.ended(bin, now_unix_ns);
      if (is_count(bin.place.quantity)) counts_.push_back(bin);
      if (watch_.watches(bin.place.quantity, store::kDay_s)) today_.push_back(bin);
      store_.record(std::move(bin));
    }
  }
  closed_until_unix_s_ = start_unix_s + kQuarter_s;
  month_due_ = true;
  if (closed_until_unix_s_ % kDayLength_s == 0) {
    days_due_[closed_until_unix_s_ - kDayLength_s] = now_unix_ns + settings_.quiet_s * kNanos;
  }
  const std::int64_t position = open_.empty() ? position_ : open_.begin()->second.position_before;
  store_.record(store::WatermarkRecord{
      .receiver = kReceiver, .position = position, .at_unix_ns = closed_until_unix_s_ * kNanos});
  return {};
}

Result<void> Recorder::correct_one(std::int64_t now_unix_ns) {
  const auto due = std::ranges::find_if(to_correct_, [&](const auto& entry) {
    return now_unix_ns - entry.second >= settings_.quiet_s * kNanos;
  });
  if (due == to_correct_.end()) return {};
  const std::int64_t start = due->first;
  Interval interval(places_, start);
  const auto read = history_->samples({.from_unix_ns = (start - kMargin_s) * kNanos,
                                       .to_unix_ns = (start + kQuarter_s + kMargin_s) * kNanos},
                                      [&](const store::HistoryRow& row) {
                                        const auto place = places_.number(row.station, row.point);
                                        if (!place) return;
                                        interval.add(*place, row.time_unix_ns, row.point.statistic,
                                                     row.reading, row.value, settings_);
                                      });
  if (!read) return read;
  if (auto judged = judge(start); !judged) return judged;
  to_correct_.erase(due);
  for (store::BinRecord& bin : interval.bins(settings_, any)) store_.record(std::move(bin));
  const std::int64_t day = floor_to(start, kDayLength_s);
  if (day + kDayLength_s <= closed_until_unix_s_) {
    days_due_[day] = now_unix_ns + settings_.quiet_s * kNanos;
  }
  month_due_ = true;
  return {};
}

Result<std::vector<store::BinRecord>> Recorder::quarters_of_day(std::int64_t day_unix_s) {
  std::vector<store::BinRecord> quarters;
  const auto read = history_->bins({.length_s = store::kQuarterHour_s,
                                    .from_unix_ns = day_unix_s * kNanos,
                                    .until_unix_ns = (day_unix_s + kDayLength_s) * kNanos},
                                   [&](const store::BinRecord& bin) { quarters.push_back(bin); });
  if (!read) return tl::unexpected(read.error());
  return quarters;
}

Result<void> Recorder::make_days(std::int64_t now_unix_ns) {
  for (auto due = days_due_.begin(); due != days_due_.end();) {
    if (due->second > now_unix_ns) {
      ++due;
      continue;
    }
    auto quarters = quarters_of_day(due->first);
    if (!quarters) return tl::unexpected(quarters.error());
    for (store::BinRecord& bin : day_of(due->first, *quarters)) {
      watch_.ended(bin, now_unix_ns);
      store_.record(std::move(bin));
    }
    due = days_due_.erase(due);
    month_due_ = true;
  }
  return {};
}

Result<void> Recorder::measure_month(std::int64_t now_unix_ns) {
  auto levels = levels_of(*history_, month_at(now_unix_ns / kNanos));
  if (!levels) return tl::unexpected(levels.error());
  this_month_ = std::move(*levels);
  month_due_ = false;
  return {};
}

void Recorder::watch(std::int64_t now_unix_ns) {
  if (settings_.thresholds.empty()) return;
  const std::int64_t now_s = now_unix_ns / kNanos;
  const std::int64_t day = floor_to(now_s, kDayLength_s);
  std::erase_if(today_, [&](const store::BinRecord& bin) {
    return bin.start_unix_ns / kNanos < day || !watch_.watches(bin.place.quantity, store::kDay_s);
  });
  std::vector<store::BinRecord> today = today_;
  for (const auto& [start, open] : open_) {
    for (store::BinRecord& bin : open.interval.bins(settings_, [this](std::string_view quantity) {
           return watch_.watches(quantity, store::kQuarterHour_s) ||
                  watch_.watches(quantity, store::kDay_s);
         })) {
      watch_.going_on(bin, now_unix_ns);
      if (watch_.watches(bin.place.quantity, store::kDay_s)) today.push_back(std::move(bin));
    }
  }
  for (const store::BinRecord& bin : day_of(day, today)) watch_.going_on(bin, now_unix_ns);
}

void Recorder::publish(std::int64_t now_unix_ns) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->time_unix_ns = now_unix_ns;
  snapshot->crossings = watch_.standing();
  snapshot->counts = counts_;
  snapshot->this_month = this_month_;
  snapshot->intervals_to_correct = to_correct_.size();
  const std::lock_guard lock(mutex_);
  latest_ = std::move(snapshot);
}

}  // namespace caspilink::performance
