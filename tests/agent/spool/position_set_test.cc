#include "agent/spool/position_set.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace caspilink::spool {
namespace {

TEST(PositionSetTest, IsASetWhateverTheOrder) {
  std::mt19937 random(4);
  for (int round = 0; round < 50; ++round) {
    PositionSet positions;
    std::set<Position> truth;
    for (int step = 0; step < 200; ++step) {
      const Position position = 1 + random() % 100;
      positions.insert(position);
      truth.insert(position);
    }
    if (round % 2 == 0) {
      const Position through = random() % 100;
      positions.erase_through(through);
      truth.erase(truth.begin(), truth.upper_bound(through));
    }
    for (Position position = 0; position <= 102; ++position) {
      ASSERT_EQ(positions.contains(position), truth.contains(position)) << position;
      Position end = position;
      while (truth.contains(position) && truth.contains(end + 1)) ++end;
      ASSERT_EQ(positions.end_of_run(position), end) << position;
    }
  }
}

TEST(PositionSetTest, AnUnbrokenRunTakesOnePlace) {
  PositionSet positions;
  for (Position position = 1; position <= 1000; position += 2) positions.insert(position);
  EXPECT_EQ(positions.runs(), 500U);
  for (Position position = 2; position <= 1000; position += 2) positions.insert(position);
  EXPECT_EQ(positions.runs(), 1U);
}

}  // namespace
}  // namespace caspilink::spool
