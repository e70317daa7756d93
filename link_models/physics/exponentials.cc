#include "link_models/physics/exponentials.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>

#include "link_models/physics/vector_clones.h"

namespace caspilink::physics {
namespace {

constexpr double kLargest = 700;
constexpr double kLog2E = std::numbers::log2e;
// ln 2 in two parts, the first short enough for products with exponents to be exact.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;
// Added to a figure below 2^51, it leaves the nearest whole number in the lowest bits.
constexpr double kRounder = 0x1.8p52;

constexpr auto kInverseFactorial = [] {
  std::array<double, 14> terms{1};
  for (std::size_t k = 1; k < terms.size(); ++k) terms[k] = terms[k - 1] / static_cast<double>(k);
  return terms;
}();

// Horner's rule, written out: a loop within the loop over figures would keep that from vectorising.
template <std::size_t... k>
inline double series(double r, std::index_sequence<k...>) {
  double sum = kInverseFactorial.back();
  ((sum = sum * r + kInverseFactorial[sizeof...(k) - 1 - k]), ...);
  return sum;
}

// x = k ln 2 + r with |r| <= ln 2 / 2: exp r by its series, 2^k by the exponent's bits.
inline double exponential(double x) {
  const double shifted = x * kLog2E + kRounder;
  const double k = shifted - kRounder;
  const double r = (x - k * kLn2High) - k * kLn2Low;
  const double sum = series(r, std::make_index_sequence<kInverseFactorial.size() - 1>());
  const auto power = std::bit_cast<std::uint64_t>(shifted) << 52U;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(sum) + power);
}

CASPILINK_VECTOR_CLONES
void all(const double* x, double* out, std::size_t n) {
  // A loop for each: together with the rest the compiler takes them for branches.
  for (std::size_t i = 0; i < n; ++i) out[i] = std::max(x[i], -kLargest);
  for (std::size_t i = 0; i < n; ++i) out[i] = std::min(out[i], kLargest);
  for (std::size_t i = 0; i < n; ++i) out[i] = exponential(out[i]);
}

}  // namespace

void exponentials(std::span<const double> x, std::span<double> out) {
  all(x.data(), out.data(), x.size());
}

}  // namespace caspilink::physics
