// Threshold-crossing alerts, after G.7710: raised as soon as a bin reaches its threshold, cleared
// at the end of a bin that stayed within the reset threshold. A bin that is not there clears
// nothing.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "collector/performance/settings.h"

namespace caspilink::performance {

struct Crossing {
  store::PlaceName place;
  Threshold threshold;
  double value = 0;  // what the latest bin shows
  std::int64_t since_unix_ns = 0;

  friend bool operator==(const Crossing&, const Crossing&) = default;
};

class ThresholdWatch {
 public:
  explicit ThresholdWatch(std::vector<Threshold> thresholds) : thresholds_(std::move(thresholds)) {}

  // Whether any threshold of that length is about this quantity.
  [[nodiscard]] bool watches(std::string_view quantity, std::uint32_t length_s) const;

  // A bin as it stands at `now`.
  void going_on(const store::BinRecord& bin, std::int64_t now_unix_ns);
  // A bin that has ended.
  void ended(const store::BinRecord& bin, std::int64_t now_unix_ns);

  // By threshold, then place.
  [[nodiscard]] std::vector<Crossing> standing() const;

 private:
  std::vector<Threshold> thresholds_;
  std::map<std::pair<std::size_t, store::PlaceName>, Crossing> standing_;
};

}  // namespace caspilink::performance
