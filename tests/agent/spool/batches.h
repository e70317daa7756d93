// Batches and series for spool tests.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/spool/spool.h"

namespace caspilink::spool {

inline constexpr std::int64_t kStart = 1'700'000'000'000'000'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;

// What a station with `rows` receive powers reports once; differs with every sequence.
inline codec::Batch batch_of(std::uint64_t boot, std::uint64_t sequence, std::size_t rows = 50) {
  codec::Batch batch{
      .id = {boot, sequence}, .series = {}, .times_unix_ns = {}, .values = {}, .readings = {}};
  for (std::size_t row = 0; row < rows; ++row) {
    batch.series.push_back(static_cast<std::uint32_t>(row + 1));
    batch.times_unix_ns.push_back(kStart + static_cast<std::int64_t>(sequence) * kSecond);
    const auto hundredths = static_cast<int>((sequence * 7919 + row * 104729) % 3000);
    batch.values.push_back((hundredths - 3000) / 100.0);
  }
  return batch;
}

inline std::vector<codec::Declaration> series_of(std::uint32_t count) {
  std::vector<codec::Declaration> declarations;
  for (std::uint32_t number = 1; number <= count; ++number) {
    declarations.push_back({number,
                            {.quantity = codec::Quantity::kChannelInputPower,
                             .statistic = codec::Statistic::kAverage,
                             .source = "slte-1",
                             .component = "och-FP03-" + std::to_string(number),
                             .fibre_pair = "FP03",
                             .channel = number,
                             .element = "e",
                             .peer = "p"}});
  }
  return declarations;
}

inline std::vector<Stored> all_of(Spool& spool) {
  std::vector<Stored> found;
  Position position = 0;
  while (true) {
    auto next = spool.next_after(position);
    if (!next || !*next) return found;
    position = (*next)->position;
    found.push_back(std::move(**next));
  }
}

}  // namespace caspilink::spool
