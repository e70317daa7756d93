#include "collector/twin/baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caspilink::twin {
namespace {

constexpr std::int64_t kHour = 3600LL * 1'000'000'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kQuarter = kHour / 4;
constexpr int kDaysPerWeek = 7;
// Daily medians kept one by one: what a month ago needs, and a little more.
constexpr std::size_t kMostDays = 62;
constexpr std::size_t kMostWeeks = 40 * 53;
constexpr std::size_t kLeastLooks = 4;        // of the last day, for a figure of now
constexpr std::size_t kLeastLooksOfDay = 16;  // for a median of the day
constexpr std::size_t kLeastDaysOfWeek = 3;
constexpr int kMonthAgo = 30;
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

float median(std::vector<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// Of the numbers among them; NaN where there are fewer than `least`.
template <typename Iterator>
float median_of(Iterator from, Iterator until, std::size_t least) {
  std::vector<float> numbers;
  std::copy_if(from, until, std::back_inserter(numbers), [](float v) { return !std::isnan(v); });
  return numbers.size() < least || numbers.empty() ? kNone : median(std::move(numbers));
}

// Weeks count from Thursday, 1 January 1970.
std::int64_t week_of(std::int64_t day) { return day / kDaysPerWeek; }

}  // namespace

void BaselineTrack::look(std::int64_t now_unix_ns, double value, bool healthy,
                         const BaselineSettings& settings) {
  const std::int64_t day = now_unix_ns / kDay;
  if (day_ && *day_ != day) end_day();
  day_ = day;
  day_values_.push_back(static_cast<float>(value));
  looks_.push_back({now_unix_ns, static_cast<float>(value)});
  while (now_unix_ns - looks_.front().unix_ns > kDay) looks_.pop_front();
  if (!healthy) {
    healthy_since_.reset();
  } else if (!healthy_since_) {
    healthy_since_ = now_unix_ns;
  }
  const bool wanted = !baseline_.commissioned_unix_ns ||
                      *baseline_.commissioned_unix_ns < settings.commissioned_since_unix_ns;
  // After a command to take it again, only what was seen since counts.
  const std::int64_t from =
      std::max(healthy_since_.value_or(now_unix_ns), settings.commissioned_since_unix_ns);
  if (wanted && healthy && settings.commission_after_ns > 0 &&
      now_unix_ns - from >= settings.commission_after_ns) {
    commission(now_unix_ns);
  }
  compare();
}

bool BaselineTrack::commission(std::int64_t now_unix_ns) {
  std::vector<float> values;
  for (const Look& look : looks_) values.push_back(look.value);
  if (values.size() < kLeastLooks) return false;
  snapshot_samples_ = values.size();
  baseline_.commissioning = median(std::move(values));
  baseline_.commissioned_unix_ns = now_unix_ns;
  snapshot_changed_ = true;
  compare();
  return true;
}

void BaselineTrack::end_day() {
  const float of_day = median_of(day_values_.begin(), day_values_.end(), kLeastLooksOfDay);
  day_values_.clear();
  if (std::isnan(of_day)) return;
  const std::int64_t day = *day_;
  if (!first_day_) first_day_ = day;
  // Days without figures keep their place.
  const auto index = static_cast<std::size_t>(std::max<std::int64_t>(day - *first_day_, 0));
  if (index > days_.size() + kMostDays) {
    days_.clear();
    first_day_ = day;
    days_.push_back(of_day);
  } else {
    if (!days_.empty() &&
        week_of(*first_day_ + static_cast<std::int64_t>(days_.size()) - 1) != week_of(day)) {
      end_week(week_of(*first_day_ + static_cast<std::int64_t>(days_.size()) - 1));
    }
    while (days_.size() < index) days_.push_back(kNone);
    if (days_.size() == index) days_.push_back(of_day);
  }
  while (days_.size() > kMostDays) {
    days_.pop_front();
    ++*first_day_;
  }
  history_changed_ = true;
}

void BaselineTrack::end_week(std::int64_t week) {
  const std::int64_t begin = std::max(week * kDaysPerWeek - *first_day_, std::int64_t{0});
  const std::int64_t end =
      std::min((week + 1) * kDaysPerWeek - *first_day_, static_cast<std::int64_t>(days_.size()));
  const float of_week = median_of(days_.begin() + begin, days_.begin() + end, kLeastDaysOfWeek);
  if (std::isnan(of_week)) return;
  if (!first_week_) first_week_ = week;
  const auto index = static_cast<std::size_t>(std::max<std::int64_t>(week - *first_week_, 0));
  if (index >= kMostWeeks || index < weeks_.size()) return;
  weeks_.resize(index, kNone);
  weeks_.push_back(of_week);
  needs_refit_ = true;
}

void BaselineTrack::compare() {
  baseline_.recent.reset();
  baseline_.from_commissioning.reset();
  baseline_.from_month_ago.reset();
  if (looks_.size() < kLeastLooks) return;
  std::vector<float> values;
  for (const Look& look : looks_) values.push_back(look.value);
  const double recent = median(std::move(values));
  baseline_.recent = recent;
  if (baseline_.commissioning) baseline_.from_commissioning = recent - *baseline_.commissioning;
  if (!first_day_) return;
  const std::int64_t middle = *day_ - kMonthAgo - *first_day_;
  const auto size = static_cast<std::int64_t>(days_.size());
  const std::int64_t begin = std::clamp<std::int64_t>(middle - kDaysPerWeek / 2, 0, size);
  const std::int64_t end = std::clamp<std::int64_t>(middle + kDaysPerWeek / 2 + 1, 0, size);
  const float then = median_of(days_.begin() + begin, days_.begin() + end, kLeastDaysOfWeek);
  if (!std::isnan(then)) baseline_.from_month_ago = recent - static_cast<double>(then);
}

void BaselineTrack::refit(double least) {
  needs_refit_ = false;
  std::vector<TrendPoint> points;
  for (std::size_t i = 0; i < weeks_.size(); ++i) {
    if (std::isnan(weeks_[i])) continue;
    const std::int64_t week = *first_week_ + static_cast<std::int64_t>(i);
    points.push_back({static_cast<double>(week * kDaysPerWeek) + kDaysPerWeek / 2.0,
                      static_cast<double>(weeks_[i])});
  }
  baseline_.trend = Trend::fit(points, least);
}

std::optional<store::BaselineRecord> BaselineTrack::snapshot_record() {
  snapshot_changed_ = false;
  if (!baseline_.commissioning) return std::nullopt;
  return store::BaselineRecord{.kind = "commissioning",
                               .from_unix_ns = *baseline_.commissioned_unix_ns - kDay,
                               .until_unix_ns = *baseline_.commissioned_unix_ns,
                               .samples = snapshot_samples_,
                               .values = {*baseline_.commissioning}};
}

store::BaselineRecord BaselineTrack::history_record() {
  history_changed_ = false;
  store::BaselineRecord record{.kind = "seasonal"};
  const auto append = [&](std::int64_t first, const auto& values) {
    record.values.push_back(static_cast<double>(first));
    record.values.push_back(static_cast<double>(values.size()));
    for (const float value : values) {
      record.values.push_back(static_cast<double>(value));
      if (!std::isnan(value)) ++record.samples;
    }
  };
  append(first_day_.value_or(0), days_);
  append(first_week_.value_or(0), weeks_);
  const std::int64_t oldest = first_week_ ? *first_week_ * kDaysPerWeek : first_day_.value_or(0);
  record.from_unix_ns = oldest * kDay;
  record.until_unix_ns = (first_day_.value_or(0) + static_cast<std::int64_t>(days_.size())) * kDay;
  return record;
}

bool BaselineTrack::restore(const store::BaselineRecord& record) {
  if (record.kind == "commissioning") {
    if (record.values.size() != 1) return false;
    baseline_.commissioning = record.values[0];
    baseline_.commissioned_unix_ns = record.until_unix_ns;
    snapshot_samples_ = record.samples;
    return true;
  }
  if (record.kind != "seasonal") return false;
  std::size_t at = 0;
  const auto take = [&](std::optional<std::int64_t>& first, auto& into, std::size_t most) {
    if (at + 2 > record.values.size()) return false;
    const double start = record.values[at];
    const double count = record.values[at + 1];
    at += 2;
    if (!(count >= 0) || count > static_cast<double>(most) || !(std::abs(start) < 1e6)) {
      return false;
    }
    const auto size = static_cast<std::size_t>(count);
    if (at + size > record.values.size()) return false;
    into.clear();
    for (std::size_t i = 0; i < size; ++i) into.push_back(static_cast<float>(record.values[at++]));
    first = size > 0 ? std::optional(static_cast<std::int64_t>(start)) : std::nullopt;
    return true;
  };
  if (!take(first_day_, days_, kMostDays) || !take(first_week_, weeks_, kMostWeeks)) return false;
  needs_refit_ = !weeks_.empty();
  return true;
}

bool BaselineBook::due(std::int64_t now_unix_ns) const {
  return looked_quarter_ != now_unix_ns / kQuarter;
}

void BaselineBook::looked(std::int64_t now_unix_ns) {
  looked_quarter_ = now_unix_ns / kQuarter;
  busy_ = true;
  ++changes_;
}

const BaselineTrack* BaselineBook::find(const fleet::Place& place) const {
  const auto found = tracks_.find(place);
  return found == tracks_.end() ? nullptr : &found->second;
}

Commissioned BaselineBook::commission(std::int64_t now_unix_ns, const BaselineScope& scope) {
  Commissioned done;
  for (auto& [place, track] : tracks_) {
    if (!scope.fibre_pair.empty() && place.fibre_pair != scope.fibre_pair) continue;
    if (scope.direction && place.direction != scope.direction) continue;
    ++(track.commission(now_unix_ns) ? done.taken : done.left);
  }
  busy_ = true;
  ++changes_;
  return done;
}

std::vector<BaselineSummary> BaselineBook::summaries() const {
  std::vector<BaselineSummary> all;
  all.reserve(tracks_.size());
  for (const auto& [place, track] : tracks_) {
    const Baseline& known = track.baseline();
    BaselineSummary& summary =
        all.emplace_back(BaselineSummary{.place = place,
                                         .recent = known.recent,
                                         .commissioning = known.commissioning,
                                         .commissioned_unix_ns = known.commissioned_unix_ns,
                                         .from_commissioning = known.from_commissioning,
                                         .from_month_ago = known.from_month_ago});
    if (!known.trend) continue;
    summary.per_year = known.trend->per_year();
    summary.season = known.trend->season();
    summary.steps = known.trend->steps().size();
  }
  return all;
}

std::vector<store::BaselineRecord> BaselineBook::work(std::size_t most) {
  std::vector<store::BaselineRecord> records;
  if (!busy_) return records;
  auto at = next_ ? tracks_.lower_bound(*next_) : tracks_.begin();
  std::size_t done = 0;
  for (; at != tracks_.end() && done < most; ++at) {
    auto& [place, track] = *at;
    const auto keep = [&](store::BaselineRecord record) {
      record.place = name_of(place);
      records.push_back(std::move(record));
    };
    const bool worked = track.needs_refit() || track.snapshot_changed() || track.history_changed();
    if (track.needs_refit()) track.refit(least_step(place.quantity, track.baseline()));
    if (track.snapshot_changed()) {
      if (auto record = track.snapshot_record()) keep(std::move(*record));
    }
    if (track.history_changed()) keep(track.history_record());
    if (worked) ++done;
  }
  if (at == tracks_.end()) {
    next_.reset();
    busy_ = false;
    ++changes_;
  } else {
    next_ = at->first;
  }
  return records;
}

void BaselineBook::restore(const std::vector<store::BaselineRecord>& records) {
  for (const store::BaselineRecord& record : records) {
    if (const auto place = place_of(record.place)) tracks_[*place].restore(record);
  }
  busy_ = true;
  ++changes_;
}

double least_step(codec::Quantity quantity, const Baseline& baseline) {
  const std::string_view unit = codec::info(quantity).unit;
  constexpr double kDecibels = 0.1;
  constexpr double kRelative = 0.002;
  if (unit == "dB" || unit == "dBm") return kDecibels;
  return kRelative * std::abs(baseline.recent.value_or(baseline.commissioning.value_or(1)));
}

store::PlaceName name_of(const fleet::Place& place) {
  return {.quantity = std::string(codec::info(place.quantity).name),
          .station = place.station,
          .fibre_pair = place.fibre_pair,
          .direction =
              place.direction ? std::string(plant::to_string(*place.direction)) : std::string(),
          .channel = place.channel,
          .element = place.element,
          .peer = place.peer,
          .source = place.source};
}

std::optional<fleet::Place> place_of(const store::PlaceName& name) {
  const auto quantity = codec::quantity_from_name(name.quantity);
  if (!quantity) return std::nullopt;
  fleet::Place place{.quantity = *quantity,
                     .station = name.station,
                     .fibre_pair = name.fibre_pair,
                     .direction = std::nullopt,
                     .channel = name.channel,
                     .element = name.element,
                     .peer = name.peer,
                     .source = name.source};
  if (!name.direction.empty()) {
    const auto direction = plant::direction_from_string(name.direction);
    if (!direction) return std::nullopt;
    place.direction = *direction;
  }
  return place;
}

}  // namespace caspilink::twin
