// A snapshot of 100,000 series, as the benchmarks render it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "collector/exposition/snapshot.h"
#include "tests/collector/small_plant.h"

namespace caspilink::bench {

inline exposition::Snapshot many_series() {
  exposition::Snapshot snapshot;
  snapshot.model =
      std::make_shared<const twin::Model>(twin::Model::build(test::small_plant(1)).value());
  snapshot.time_unix_ns = test::kStart;
  for (std::uint32_t channel = 1; snapshot.observed.size() < 100'000; ++channel) {
    snapshot.observed.push_back(
        {fleet::Place{.quantity = codec::Quantity::kQValue,
                      .station = "aktau",
                      .fibre_pair = fmt::format("FP{:02}", channel / 6250 + 1),
                      .direction = plant::Direction::kAToB,
                      .channel = channel % 6250 + 1},
         9.0 + 0.001 * (channel % 3000)});
  }
  std::ranges::sort(snapshot.observed, {}, &exposition::Observed::place);
  return snapshot;
}

// Of values that need not be in order; 0 of none.
inline double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
}

}  // namespace caspilink::bench
