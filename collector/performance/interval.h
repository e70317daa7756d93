// One quarter of an hour of everything: what goes in are its readings, in any order, and those of
// the minute before and after it; what comes out are its bins. The same for an interval that is
// going on and for one that late readings made the collector compute again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "collector/performance/bin_accumulator.h"
#include "collector/performance/path_seconds.h"
#include "collector/performance/places.h"
#include "collector/performance/settings.h"

namespace caspilink::performance {

class Interval {
 public:
  // `places` must outlive the interval.
  Interval(const Places& places, std::int64_t start_unix_s)
      : places_(&places), start_unix_s_(start_unix_s) {}

  [[nodiscard]] std::int64_t start_unix_s() const { return start_unix_s_; }
  // Whether a reading of this time belongs into the interval that begins then, or its margins.
  [[nodiscard]] static bool wants(std::int64_t start_unix_s, std::int64_t time_unix_ns);
  // Whether it belongs into no other interval.
  [[nodiscard]] static bool wants_alone(std::int64_t start_unix_s, std::int64_t time_unix_ns);

  // A reading outside is ignored.
  void add(std::uint32_t place, std::int64_t time_unix_ns, codec::Statistic statistic,
           codec::Reading reading, double value, const Settings& settings);

  // Bins of the quantities `wanted` says yes to, of places that showed anything; as they stand, so
  // suspect while the interval goes on.
  [[nodiscard]] std::vector<store::BinRecord> bins(
      const Settings& settings, const std::function<bool(std::string_view)>& wanted) const;

 private:
  void count_path(const PathName& name, const ClassifiedInterval& seconds,
                  std::vector<store::BinRecord>& out) const;
  void count_pairs(const std::vector<std::optional<ClassifiedInterval>>& paths,
                   std::vector<store::BinRecord>& out) const;

  const Places* places_;
  std::int64_t start_unix_s_;
  std::vector<std::optional<BinAccumulator>> readings_;  // by place
  std::vector<std::unique_ptr<PathSeconds>> seconds_;    // by path
};

}  // namespace caspilink::performance
