// One place's readings of one interval, brought together. The order they come in makes no
// difference, except that of two readings of one time the later one given is `last`.
#pragma once

#include <cstdint>
#include <limits>

#include "collector/store/records.h"
#include "proto/codec/observation.h"

namespace caspilink::performance {

class BinAccumulator {
 public:
  // `offset_s`: seconds since the interval's beginning, in [0, kQuarterHour_s).
  void add(std::uint32_t offset_s, std::int64_t time_unix_ns, codec::Statistic statistic,
           codec::Reading reading, double value);

  // Suspect where no reading came for longer than `longest_gap_s`, to the resolution of 15 s. A
  // place that reported "no light" throughout is known, and has no figures: NaN.
  [[nodiscard]] store::BinRecord record(const store::PlaceName& place, std::int64_t start_unix_s,
                                        std::uint32_t longest_gap_s) const;

 private:
  struct Mean {
    double sum = 0;
    std::uint64_t count = 0;
  };
  // Equipment that gives instant readings is averaged from these, else from its own averages.
  Mean instants_;
  Mean averages_;
  double minimum_ = std::numeric_limits<double>::infinity();
  double maximum_ = -std::numeric_limits<double>::infinity();
  double last_ = std::numeric_limits<double>::quiet_NaN();
  std::int64_t last_unix_ns_ = 0;
  std::uint64_t seen_ = 0;  // a bit a slot in which something was read
};

}  // namespace caspilink::performance
