#include "agent/runtime/batcher.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace caspilink::runtime {
namespace {

template <typename Column>
void erase_front(Column& column, std::size_t rows) {
  column.erase(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(rows));
}

template <typename Column>
Column front_of(const Column& column, std::size_t rows) {
  return {column.begin(), column.begin() + static_cast<std::ptrdiff_t>(rows)};
}

}  // namespace

std::size_t Batcher::PointHash::operator()(const codec::MeasurementPoint& point) const {
  std::size_t hash = static_cast<std::size_t>(point.quantity) << 40 ^
                     static_cast<std::size_t>(point.statistic) << 36 ^ point.channel;
  for (const std::string_view text :
       {std::string_view(point.component), std::string_view(point.fibre_pair),
        std::string_view(point.source), std::string_view(point.element),
        std::string_view(point.peer)}) {
    hash = hash * 0x9e3779b97f4a7c15 + std::hash<std::string_view>()(text);
  }
  return hash;
}

void Batcher::set_max_batch_samples(std::size_t samples) {
  options_.max_batch_samples = samples;
  max_batch_samples_ = samples;
  if (collectors_max_batch_samples_ != 0) {
    max_batch_samples_ = std::min<std::size_t>(samples, collectors_max_batch_samples_);
  }
}

void Batcher::limit(std::uint32_t max_batch_samples, std::uint32_t max_series) {
  collectors_max_batch_samples_ = max_batch_samples;
  set_max_batch_samples(options_.max_batch_samples);
  max_series_ = max_series == 0 ? options_.max_series : std::min(options_.max_series, max_series);
}

std::uint32_t Batcher::number_of(const codec::MeasurementPoint& point) {
  if (const auto found = numbers_.find(point); found != numbers_.end()) return found->second;
  if (numbers_.size() >= max_series_) return 0;
  const auto number = static_cast<std::uint32_t>(numbers_.size() + 1);
  numbers_.emplace(point, number);
  undeclared_.push_back({number, point});
  return number;
}

void Batcher::observe(std::span<const codec::Observation> observations) {
  for (const codec::Observation& observation : observations) {
    ++counts_.observations;
    if (pending_.size() >= options_.max_pending_samples) {
      ++counts_.dropped_memory_full;
      continue;
    }
    const std::uint32_t number = number_of(observation.point);
    if (number == 0) {
      ++counts_.dropped_too_many_series;
      continue;
    }
    pending_.series.push_back(number);
    pending_.times_unix_ns.push_back(observation.time_unix_ns);
    pending_.values.push_back(observation.value);
    pending_.readings.push_back(observation.reading);
  }
}

codec::Batch Batcher::take(std::size_t rows) const {
  codec::Batch batch{.id = {options_.boot, next_sequence_},
                     .series = front_of(pending_.series, rows),
                     .times_unix_ns = front_of(pending_.times_unix_ns, rows),
                     .values = front_of(pending_.values, rows),
                     .readings = front_of(pending_.readings, rows)};
  const auto is_value = [](codec::Reading reading) { return reading == codec::Reading::kValue; };
  if (std::ranges::all_of(batch.readings, is_value)) batch.readings.clear();
  return batch;
}

void Batcher::remove(std::size_t rows) {
  erase_front(pending_.series, rows);
  erase_front(pending_.times_unix_ns, rows);
  erase_front(pending_.values, rows);
  erase_front(pending_.readings, rows);
}

std::vector<Batcher::Cut> Batcher::cut(std::int64_t now_unix_ns) {
  std::vector<Cut> cuts;
  while (pending_.size() > 0) {
    const std::size_t rows = std::min(pending_.size(), max_batch_samples_);
    auto batch = std::make_shared<const codec::Batch>(take(rows));
    const auto position = spool_.append(*batch, undeclared_, now_unix_ns);
    if (position) {
      trouble_.reset();
      undeclared_ = {};  // thousands at a start, hardly any after it
      ++next_sequence_;
      cuts.push_back({*position, std::move(batch)});
      remove(rows);
      continue;
    }
    trouble_ = position.error();
    if (position.error().code == ErrorCode::kExhausted) {
      counts_.dropped_spool_full += rows;
      remove(rows);
      continue;
    }
    ++counts_.append_errors;
    break;
  }
  return cuts;
}

}  // namespace caspilink::runtime
