#include "collector/fleet/fleet.h"

#include <algorithm>
#include <cmath>

namespace caspilink::fleet {
namespace {

using store::SetAside;

// Sources an agent may name before the rest are counted together: the map must not grow for ever.
constexpr std::size_t kMostSources = 256;
constexpr std::size_t kMostUnboundedPoints = 20'000;

bool is_fresh(const std::optional<Latest>& latest, std::int64_t now, std::int64_t staleness) {
  if (!latest) return false;
  const std::int64_t own = latest->stale_after_ns;
  return now - latest->time_unix_ns <= (own > 0 ? own : staleness);
}

constexpr std::int64_t kLagBucket_ns = 5'000'000'000;

}  // namespace

void LiveLag::add(std::int64_t received_unix_ns, std::int64_t lag_ns) {
  const std::int64_t bucket = received_unix_ns / kLagBucket_ns;
  if (bucket != bucket_) {
    previous_ = bucket == bucket_ + 1 ? current_ : std::nullopt;
    current_.reset();
    bucket_ = bucket;
  }
  current_ = std::min(current_.value_or(lag_ns), lag_ns);
}

std::optional<std::int64_t> LiveLag::smallest_ns(std::int64_t now_unix_ns) const {
  const std::int64_t bucket = now_unix_ns / kLagBucket_ns;
  if (bucket == bucket_) {
    return previous_ && current_ ? std::min(*previous_, *current_) : current_;
  }
  return bucket == bucket_ + 1 ? current_ : std::nullopt;
}

Fleet::Fleet(std::shared_ptr<const plant::Plant> plant, std::int64_t allowed_skew_ns,
             Freshness freshness)
    : plant_(std::move(plant)),
      allowed_skew_ns_(allowed_skew_ns),
      freshness_(std::move(freshness)) {
  for (const plant::Station& station : plant_->stations) agents_[station.id];
}

bool Fleet::has_room(const Place& place) {
  // The plant bounds most kinds of places; of these there are as many as agents say.
  switch (codec::info(place.quantity).scope) {
    case codec::Scope::kModule:
    case codec::Scope::kPump:
    case codec::Scope::kProtection:
    case codec::Scope::kPowerFeed:
    case codec::Scope::kStation:
      break;
    default:
      return true;
  }
  if (points_.contains(place)) return true;
  if (unbounded_points_ == kMostUnboundedPoints) return false;
  ++unbounded_points_;
  return true;
}

void Fleet::declare(const std::string& station, const codec::Catalogue& catalogue,
                    SeriesIndex& index) {
  auto& sources = agents_[station].newest_of_source_unix_ns;
  for (const auto& [number, point] : catalogue.series) {
    if (number >= index.entries_.size()) index.entries_.resize(number + std::size_t{1});
    SeriesIndex::Entry& entry = index.entries_[number];
    const codec::QuantityInfo& info = codec::info(point.quantity);
    entry = {.known = true,
             .statistic = point.statistic,
             .minimum = info.minimum,
             .maximum = info.maximum,
             .point = nullptr,
             .source_newest = nullptr};
    const auto place = place_of(*plant_, station, point);
    if (place && has_room(*place)) {
      const auto known = points_.try_emplace(*place).first;
      entry.point = &known->second;
      entry.stale_after_ns = stale_after_ns(point);
      if (watch_ != nullptr && watch_(point.quantity)) entry.watched = &known->first;
      const auto source = sources.find(point.source);
      if (source != sources.end()) {
        entry.source_newest = &source->second;
      } else if (sources.size() < kMostSources) {
        entry.source_newest = &sources.emplace(point.source, kNeverHeard).first->second;
      }
    }
  }
}

std::vector<SetAside> Fleet::judge(const SeriesIndex& index, const codec::Batch& batch,
                                   std::int64_t now_unix_ns) const {
  std::vector<SetAside> reasons;
  const std::int64_t latest_allowed = now_unix_ns + allowed_skew_ns_;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const std::uint32_t number = batch.series[row];
    const std::int64_t time = batch.times_unix_ns[row];
    const double value = batch.values[row];
    SetAside reason = SetAside::kNone;
    if (number >= index.entries_.size() || !index.entries_[number].known) {
      reason = SetAside::kUnknownSeries;
    } else if (const auto& entry = index.entries_[number]; entry.point == nullptr) {
      reason = SetAside::kNotOnPlant;
    } else if (time <= 0) {
      reason = SetAside::kInvalidTime;
    } else if (time > latest_allowed) {
      reason = SetAside::kFromFuture;
    } else if (batch.reading(row) == codec::Reading::kValue) {
      if (!std::isfinite(value)) {
        reason = SetAside::kNotFinite;
      } else if (value < entry.minimum || value > entry.maximum) {
        reason = SetAside::kOutOfRange;
      }
    }
    if (reason == SetAside::kNone) continue;
    if (reasons.empty()) reasons.assign(batch.size(), SetAside::kNone);
    reasons[row] = reason;
  }
  return reasons;
}

void Fleet::apply(const SeriesIndex& index, const store::JudgedBatch& judged) {
  const codec::Batch& batch = judged.batch;
  AgentState& agent = agents_[judged.agent];
  std::optional<std::int64_t>& newest = agent.newest_sample_unix_ns;
  if (!batch.backlog && !batch.times_unix_ns.empty()) {
    agent.live_lag.add(judged.received_unix_ns,
                       judged.received_unix_ns - *std::ranges::max_element(batch.times_unix_ns));
  }
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (judged.reason(row) != SetAside::kNone) continue;
    const auto& entry = index.entries_[batch.series[row]];
    const std::int64_t time = batch.times_unix_ns[row];
    newest = std::max(newest.value_or(time), time);
    if (entry.source_newest != nullptr) {
      *entry.source_newest = std::max(*entry.source_newest, time);
    }
    std::optional<Latest>* latest = nullptr;
    if (entry.statistic == codec::Statistic::kInstant) latest = &entry.point->instant;
    if (entry.statistic == codec::Statistic::kAverage) latest = &entry.point->average;
    if (latest == nullptr) continue;
    if (*latest && (*latest)->time_unix_ns >= time) continue;
    *latest = Latest{.time_unix_ns = time,
                     .reading = batch.reading(row),
                     .value = batch.values[row],
                     .stale_after_ns = entry.stale_after_ns};
    if (entry.watched != nullptr && !entry.point->moved) {
      entry.point->moved = true;
      moved_.emplace_back(entry.watched, entry.point);
    }
  }
}

std::int64_t Fleet::stale_after_ns(const codec::MeasurementPoint& point) const {
  const auto quantity = freshness_.of_quantity_ns.find(point.quantity);
  if (quantity != freshness_.of_quantity_ns.end()) return quantity->second;
  const auto source = freshness_.of_source_ns.find(point.source);
  return source == freshness_.of_source_ns.end() ? 0 : source->second;
}

std::vector<Fleet::Moved> Fleet::take_moved() {
  std::vector<Moved> moved;
  moved.reserve(moved_.size());
  for (const auto& [place, point] : moved_) {
    point->moved = false;
    const auto& latest = point->instant ? point->instant : point->average;
    moved.push_back({place, *latest});
  }
  moved_.clear();
  return moved;
}

void Fleet::count(const store::JudgedBatch& judged) {
  AgentState& agent = agents_[judged.agent];
  ++agent.batches;
  agent.samples += judged.batch.size();
  for (const SetAside reason : judged.set_aside) {
    if (reason == SetAside::kNone) continue;
    --agent.samples;
    ++agent.set_aside[static_cast<std::size_t>(reason)];
  }
}

std::optional<Latest> Fleet::fresh(const Place& place, std::int64_t now_unix_ns,
                                   std::int64_t staleness_ns) const {
  const auto found = points_.find(place);
  return found == points_.end() ? std::nullopt
                                : fleet::fresh(found->second, now_unix_ns, staleness_ns);
}

std::optional<Latest> fresh(const Point& point, std::int64_t now_unix_ns,
                            std::int64_t staleness_ns) {
  if (is_fresh(point.instant, now_unix_ns, staleness_ns)) return point.instant;
  if (is_fresh(point.average, now_unix_ns, staleness_ns)) return point.average;
  return std::nullopt;
}

}  // namespace caspilink::fleet
