#include "agent/latency/statistics.h"

#include <algorithm>
#include <cmath>

namespace caspilink::latency {

Quantiles quantiles_of(std::vector<std::int64_t>& values) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values[std::max<std::size_t>(rank, 1) - 1];
  };
  return {.minimum = values.front(),
          .median = at(0.5),
          .p95 = at(0.95),
          .p99 = at(0.99),
          .maximum = values.back()};
}

void Histogram::add(std::int64_t ns) {
  const double seconds = static_cast<double>(ns) * 1e-9;
  const auto bucket = std::ranges::lower_bound(bounds_, seconds) - bounds_.begin();
  ++counts_[static_cast<std::size_t>(bucket)];
  sum_ += seconds;
}

}  // namespace caspilink::latency
