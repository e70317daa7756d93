#include "collector/performance/bin_accumulator.h"

#include <algorithm>

namespace caspilink::performance {
namespace {

constexpr std::uint32_t kSlots = 60;
constexpr std::uint32_t kSlot_s = store::kQuarterHour_s / kSlots;
constexpr std::int64_t kNanos = 1'000'000'000;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::uint32_t longest_unseen_s(std::uint64_t seen) {
  std::uint32_t run = 0;
  std::uint32_t longest = 0;
  for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
    run = (seen >> slot & 1U) != 0 ? 0 : run + 1;
    longest = std::max(longest, run);
  }
  return longest * kSlot_s;
}

}  // namespace

void BinAccumulator::add(std::uint32_t offset_s, std::int64_t time_unix_ns,
                         codec::Statistic statistic, codec::Reading reading, double value) {
  seen_ |= std::uint64_t{1} << offset_s / kSlot_s;
  if (reading != codec::Reading::kValue) return;
  if (statistic != codec::Statistic::kMaximum) minimum_ = std::min(minimum_, value);
  if (statistic != codec::Statistic::kMinimum) maximum_ = std::max(maximum_, value);
  if (statistic != codec::Statistic::kInstant && statistic != codec::Statistic::kAverage) return;
  Mean& mean = statistic == codec::Statistic::kInstant ? instants_ : averages_;
  mean.sum += value;
  ++mean.count;
  if (time_unix_ns >= last_unix_ns_) {
    last_ = value;
    last_unix_ns_ = time_unix_ns;
  }
}

store::BinRecord BinAccumulator::record(const store::PlaceName& place, std::int64_t start_unix_s,
                                        std::uint32_t longest_gap_s) const {
  const Mean& mean = instants_.count > 0 ? instants_ : averages_;
  return {.place = place,
          .length_s = store::kQuarterHour_s,
          .start_unix_ns = start_unix_s * kNanos,
          .minimum = minimum_ <= maximum_ ? minimum_ : kNone,
          .average = mean.count > 0 ? mean.sum / static_cast<double>(mean.count) : kNone,
          .maximum = minimum_ <= maximum_ ? maximum_ : kNone,
          .last = last_,
          .last_unix_ns = last_unix_ns_,
          .samples = mean.count,
          .suspect = longest_unseen_s(seen_) > longest_gap_s};
}

}  // namespace caspilink::performance
