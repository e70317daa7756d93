// What an interval's delays come to: quantiles, and histograms that only grow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace caspilink::latency {

// Nearest-rank quantiles, nanoseconds.
struct Quantiles {
  std::int64_t minimum = 0;
  std::int64_t median = 0;
  std::int64_t p95 = 0;
  std::int64_t p99 = 0;
  std::int64_t maximum = 0;

  friend bool operator==(const Quantiles&, const Quantiles&) = default;
};

// Of at least one value; sorts them.
[[nodiscard]] Quantiles quantiles_of(std::vector<std::int64_t>& values);

// Upper bounds in seconds. Delays: finest where a path of this cable lies (380 km are 3.7 ms there
// and back), fit for 2 to 50 ms, coarse around it. Variation: from the noise of stamps up.
inline constexpr auto kDelayBounds = std::to_array<double>(
    {0,    0.5e-3, 1e-3,  1.5e-3, 2e-3,  2.5e-3, 3e-3,  3.5e-3, 4e-3,  4.5e-3, 5e-3,  6e-3,
     7e-3, 8e-3,   10e-3, 12e-3,  15e-3, 20e-3,  25e-3, 30e-3,  40e-3, 50e-3,  75e-3, 100e-3});
inline constexpr auto kVariationBounds = std::to_array<double>(
    {5e-6, 10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3});

class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}

  void add(std::int64_t ns);
  [[nodiscard]] std::span<const double> bounds() const { return bounds_; }
  // In each bucket alone, the last one over all bounds.
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const { return counts_; }
  [[nodiscard]] double sum() const { return sum_; }  // seconds

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> counts_;
  double sum_ = 0;
};

}  // namespace caspilink::latency
