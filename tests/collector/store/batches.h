// Batches for the store's tests: every one different, each told by its sequence.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "collector/store/records.h"
#include "proto/codec/wire.h"

namespace caspilink::store {

inline constexpr std::int64_t kNow = 1'800'000'000'000'000'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;

inline std::shared_ptr<JudgedBatch> make_batch(std::string agent, std::uint64_t boot,
                                               std::uint64_t sequence, std::size_t rows = 3) {
  auto judged = std::make_shared<JudgedBatch>();
  judged->agent = std::move(agent);
  judged->received_unix_ns = kNow + static_cast<std::int64_t>(sequence) * kSecond;
  judged->batch.id = {boot, sequence};
  for (std::size_t row = 0; row < rows; ++row) {
    judged->batch.series.push_back(static_cast<std::uint32_t>(row + 1));
    judged->batch.times_unix_ns.push_back(judged->received_unix_ns - 1000 +
                                          static_cast<std::int64_t>(row));
    judged->batch.values.push_back(-static_cast<double>(sequence) -
                                   0.25 * static_cast<double>(row));
  }
  return judged;
}

inline codec::Catalogue make_catalogue(std::uint64_t boot, std::uint32_t series = 3) {
  codec::Catalogue catalogue{.boot = boot, .series = {}};
  for (std::uint32_t number = 1; number <= series; ++number) {
    catalogue.series.push_back({number,
                                {.quantity = codec::Quantity::kQValue,
                                 .source = "slte-1",
                                 .component = "och-FP01-" + std::to_string(number),
                                 .fibre_pair = "FP01",
                                 .channel = number,
                                 .element = {},
                                 .peer = {}}});
  }
  return catalogue;
}

}  // namespace caspilink::store
