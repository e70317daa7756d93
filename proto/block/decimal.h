// A double as an integer and a number of decimals. Internal to this folder.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace caspilink::block {

// 10^22 is the largest power of ten that a double holds exactly; with an integer below 2^53 the
// quotient is the double nearest to the decimal number.
inline constexpr std::uint8_t kMostDecimals = 22;
inline constexpr std::uint8_t kRawBits = kMostDecimals + 1;  // no decimal number gives it back
inline constexpr auto kPowersOfTen =
    std::to_array<double>({1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                           1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22});
static_assert(kPowersOfTen.size() == kMostDecimals + 1);

struct Decimal {
  std::uint8_t decimals = kRawBits;
  std::int64_t digits = 0;  // the value times 10^decimals; the value's bits where there are none
};

[[nodiscard]] inline double value_of(Decimal decimal) {
  if (decimal.decimals == kRawBits) return std::bit_cast<double>(decimal.digits);
  return static_cast<double>(decimal.digits) / kPowersOfTen[decimal.decimals];
}

// True, and fills in the digits, where that many decimals give the value back bit for bit. A
// negative zero, infinities and NaN have none.
[[nodiscard]] inline bool has_decimals(double value, std::uint8_t decimals, std::int64_t& digits) {
  constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53
  const double scaled = value * kPowersOfTen[decimals];
  if (!(std::abs(scaled) < kLargestExactInteger)) return false;
  digits = static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const double back = static_cast<double>(digits) / kPowersOfTen[decimals];
  return std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
}

// The fewest decimals that give the value back.
[[nodiscard]] inline Decimal fewest_decimals(double value) {
  Decimal found;
  for (std::uint8_t decimals = 0; decimals <= kMostDecimals; ++decimals) {
    if (has_decimals(value, decimals, found.digits)) {
      found.decimals = decimals;
      return found;
    }
  }
  found.digits = std::bit_cast<std::int64_t>(value);
  return found;
}

}  // namespace caspilink::block
