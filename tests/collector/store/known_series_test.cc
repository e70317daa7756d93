#include "collector/store/known_series.h"

#include <gtest/gtest.h>

namespace caspilink::store {
namespace {

// Counts how often it was asked what a series means.
class KnownSeriesTest : public testing::Test {
 protected:
  int get(std::uint64_t boot, std::uint32_t number) {
    return known_.turn_to("aktau", boot).get(number, [&] {
      ++asked_;
      return static_cast<int>(10 * boot + number);
    });
  }

  KnownSeries<int> known_{3, 1000};
  int asked_ = 0;
};

TEST_F(KnownSeriesTest, ASeriesIsAskedForOnce) {
  EXPECT_EQ(get(1, 7), 17);
  EXPECT_EQ(get(2, 7), 27);
  EXPECT_EQ(get(1, 7), 17);
  EXPECT_EQ(get(1, 8), 18);
  EXPECT_EQ(asked_, 3);
  EXPECT_EQ(known_.turn_to("sumgait", 1).get(7, [] { return 99; }), 99) << "of another agent";
}

TEST_F(KnownSeriesTest, AThousandBootsLeaveABoundedMemory) {
  for (std::uint64_t boot = 1; boot <= 1000; ++boot) get(boot, 99);
  EXPECT_LE(known_.series(), 300U);
  EXPECT_EQ(asked_, 1000);
}

TEST_F(KnownSeriesTest, BootsOfManySeriesLeaveRoomForFewer) {
  for (std::uint64_t boot = 1; boot <= 10; ++boot) get(boot, 599);
  EXPECT_LE(known_.series(), 1200U) << "the boot that is read, and one more";
}

TEST_F(KnownSeriesTest, WhatIsReadAgainAndAgainStays) {
  for (std::uint64_t boot = 2; boot <= 100; ++boot) {
    get(1, 5);
    get(boot, 5);
  }
  EXPECT_EQ(asked_, 100) << "the boot that goes on was forgotten";
}

TEST_F(KnownSeriesTest, OneBootMayPassTheBound) {
  for (std::uint32_t number = 0; number < 5000; ++number) get(1, number);
  for (std::uint32_t number = 0; number < 5000; ++number) get(1, number);
  EXPECT_EQ(asked_, 5000);
}

}  // namespace
}  // namespace caspilink::store
