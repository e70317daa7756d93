#include "collector/ingest/log_gate.h"

#include <gtest/gtest.h>

namespace caspilink::ingest {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(LogGateTest, OneLineOfAKindInTenSecondsWithTheNumberHeldBack) {
  LogGate gate;
  EXPECT_EQ(gate.admit("a", 0), 0U);
  EXPECT_FALSE(gate.admit("a", 1 * kSecond));
  EXPECT_FALSE(gate.admit("a", 9 * kSecond));
  EXPECT_EQ(gate.admit("b", 9 * kSecond), 0U);
  EXPECT_EQ(gate.admit("a", 10 * kSecond), 2U);
  EXPECT_EQ(gate.admit("a", 20 * kSecond), 0U);
}

TEST(LogGateTest, AClockSetBackHoldsNothingBack) {
  LogGate gate;
  EXPECT_EQ(gate.admit("a", 100 * kSecond), 0U);
  EXPECT_EQ(gate.admit("a", 50 * kSecond), 0U);
}

TEST(LogGateTest, TheSuffixSaysHowMany) {
  EXPECT_EQ(LogGate::suffix(0), "");
  EXPECT_EQ(LogGate::suffix(17), " (and 17 like it)");
}

}  // namespace
}  // namespace caspilink::ingest
