#include "collector/store/interval_set.h"

#include <limits>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace caspilink::store {
namespace {

TEST(IntervalSetTest, ANumberIsNewOnce) {
  IntervalSet set;
  EXPECT_TRUE(set.insert(7));
  EXPECT_FALSE(set.insert(7));
  EXPECT_TRUE(set.contains(7));
  EXPECT_FALSE(set.contains(6));
  EXPECT_FALSE(set.contains(8));
}

TEST(IntervalSetTest, AdjacentNumbersCostOneInterval) {
  IntervalSet set;
  for (const std::uint64_t number : {5U, 7U, 6U, 4U, 8U}) EXPECT_TRUE(set.insert(number));
  EXPECT_EQ(set.intervals(), 1U);
  EXPECT_EQ(set.ranges().begin()->first, 4U);
  EXPECT_EQ(set.ranges().begin()->second, 8U);
}

TEST(IntervalSetTest, TheLargestNumbersAreNumbersLikeAnyOther) {
  constexpr auto kLast = std::numeric_limits<std::uint64_t>::max();
  IntervalSet set;
  EXPECT_TRUE(set.insert(kLast));
  EXPECT_TRUE(set.insert(0));
  EXPECT_TRUE(set.insert(kLast - 1));
  EXPECT_FALSE(set.insert(kLast));
  EXPECT_EQ(set.intervals(), 2U);
}

TEST(IntervalSetTest, ARangeSwallowsWhatItCovers) {
  IntervalSet set;
  set.insert(3);
  set.insert(10, 12);
  set.insert(20);
  EXPECT_TRUE(set.insert(2, 19));
  EXPECT_EQ(set.intervals(), 1U);
  EXPECT_TRUE(set.contains(20));
  EXPECT_FALSE(set.contains(21));
  EXPECT_FALSE(set.insert(5, 15));
}

TEST(IntervalSetTest, AgreesWithAPlainSetInAnyOrder) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 200; ++round) {
    IntervalSet set;
    std::set<std::uint64_t> plain;
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t first = random() % 64;
      const std::uint64_t last = first + (step % 3 == 0 ? random() % 6 : 0);
      const auto from = plain.lower_bound(first);
      ASSERT_EQ(set.overlaps(first, last), from != plain.end() && *from <= last);
      if (step % 4 == 1) {
        set.erase(first, last);
        plain.erase(from, plain.upper_bound(last));
        continue;
      }
      bool anything_new = false;
      for (std::uint64_t number = first; number <= last; ++number) {
        anything_new |= plain.insert(number).second;
      }
      ASSERT_EQ(set.insert(first, last), anything_new);
    }
    std::size_t runs = 0;
    for (const std::uint64_t number : plain) {
      runs += number == 0 || !plain.contains(number - 1) ? 1U : 0U;
    }
    ASSERT_EQ(set.intervals(), runs);
    for (std::uint64_t number = 0; number < 72; ++number) {
      ASSERT_EQ(set.contains(number), plain.contains(number)) << number;
    }
  }
}

}  // namespace
}  // namespace caspilink::store
