// Batches as a landing station's line terminals fill them: what a block is made for.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "proto/codec/observation.h"

namespace caspilink::block {

// `series` readings of one second, a notification of 14 a channel with its own microsecond: powers,
// Q, OSNR and the like with two decimals, a pre-FEC BER of three digits. Values drift over minutes
// and carry noise of a few hundredths; every call gives the next second.
class LineReadings {
 public:
  explicit LineReadings(std::uint32_t series) : series_(series) {}

  [[nodiscard]] codec::Batch next() {
    codec::Batch batch{.id = {0x1234567890abcdef, ++second_},
                       .series = {},
                       .times_unix_ns = {},
                       .values = {},
                       .readings = {}};
    for (std::uint32_t number = 1; number <= series_; ++number) {
      const std::uint32_t kind = number % kKinds;
      const std::uint32_t channel = number / kKinds;
      if (kind == 0) now_us_ += 20 + static_cast<std::int64_t>(random_() % 50);
      batch.series.push_back(number);
      batch.times_unix_ns.push_back(
          (kStart_us + static_cast<std::int64_t>(second_) * 1'000'000 + now_us_ % 1'000'000) *
          1000);
      const double drift = 0.3 * std::sin(static_cast<double>(second_) / 60 + channel);
      const double typical = -9 + 2.5 * kind + 0.02 * channel + drift;
      const double noisy = typical + std::normal_distribution<double>(0, 0.03)(random_);
      batch.values.push_back(kind == 5 ? std::round(100 * std::exp(noisy)) / 1e7
                                       : std::round(noisy * 100) / 100);
    }
    return batch;
  }

 private:
  static constexpr std::uint32_t kKinds = 14;
  static constexpr std::int64_t kStart_us = 1'700'000'000'000'000;
  std::uint32_t series_;
  std::uint64_t second_ = 0;
  std::int64_t now_us_ = 0;
  std::minstd_rand random_{7};
};

}  // namespace caspilink::block
