#include "collector/performance/threshold_watch.h"

#include <algorithm>
#include <cmath>

namespace caspilink::performance {
namespace {

double figure_of(const Threshold& threshold, const store::BinRecord& bin) {
  return threshold.side == Threshold::Side::kAtLeast ? bin.maximum : bin.minimum;
}

bool reaches(const Threshold& threshold, double figure) {
  return threshold.side == Threshold::Side::kAtLeast ? figure >= threshold.raise
                                                     : figure <= threshold.raise;
}

bool within_reset(const Threshold& threshold, double figure) {
  return threshold.side == Threshold::Side::kAtLeast ? figure <= threshold.reset
                                                     : figure >= threshold.reset;
}

}  // namespace

bool ThresholdWatch::watches(std::string_view quantity, std::uint32_t length_s) const {
  return std::ranges::any_of(thresholds_, [&](const Threshold& threshold) {
    return threshold.quantity == quantity && threshold.length_s == length_s;
  });
}

void ThresholdWatch::going_on(const store::BinRecord& bin, std::int64_t now_unix_ns) {
  for (std::size_t i = 0; i < thresholds_.size(); ++i) {
    const Threshold& threshold = thresholds_[i];
    if (threshold.quantity != bin.place.quantity || threshold.length_s != bin.length_s) continue;
    const double figure = figure_of(threshold, bin);
    if (std::isnan(figure)) continue;
    const auto found = standing_.find({i, bin.place});
    if (found != standing_.end()) {
      found->second.value = figure;
    } else if (reaches(threshold, figure)) {
      standing_.emplace(std::pair(i, bin.place), Crossing{.place = bin.place,
                                                          .threshold = threshold,
                                                          .value = figure,
                                                          .since_unix_ns = now_unix_ns});
    }
  }
}

void ThresholdWatch::ended(const store::BinRecord& bin, std::int64_t now_unix_ns) {
  going_on(bin, now_unix_ns);
  for (std::size_t i = 0; i < thresholds_.size(); ++i) {
    const Threshold& threshold = thresholds_[i];
    if (threshold.quantity != bin.place.quantity || threshold.length_s != bin.length_s) continue;
    const double figure = figure_of(threshold, bin);
    if (!std::isnan(figure) && within_reset(threshold, figure)) standing_.erase({i, bin.place});
  }
}

std::vector<Crossing> ThresholdWatch::standing() const {
  std::vector<Crossing> out;
  out.reserve(standing_.size());
  for (const auto& [key, crossing] : standing_) out.push_back(crossing);
  return out;
}

}  // namespace caspilink::performance
