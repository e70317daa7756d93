#include "proto/block/decimal.h"

#include <limits>

#include <gtest/gtest.h>

namespace caspilink::block {
namespace {

TEST(DecimalTest, FindsTheFewestDecimals) {
  const auto expect = [](double value, int decimals, std::int64_t digits) {
    const Decimal found = fewest_decimals(value);
    EXPECT_EQ(found.decimals, decimals) << value;
    EXPECT_EQ(found.digits, digits) << value;
    EXPECT_EQ(value_of(found), value);
  };
  expect(0, 0, 0);
  expect(-8.5, 1, -85);
  expect(-8.53, 2, -853);
  expect(123456789, 0, 123456789);
  expect(1.23e-5, 7, 123);
  expect(1e-22, 22, 1);
  expect(0.3, 1, 3);
}

TEST(DecimalTest, WhatIsNoDecimalKeepsItsBits) {
  for (const double value : {-0.0, 0.1 + 0.2, 1e-23, 1e300, 9007199254740994.0,
                             std::numeric_limits<double>::infinity()}) {
    const Decimal found = fewest_decimals(value);
    EXPECT_EQ(found.decimals, kRawBits) << value;
    EXPECT_EQ(found.digits, std::bit_cast<std::int64_t>(value));
  }
}

}  // namespace
}  // namespace caspilink::block
