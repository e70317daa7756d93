#include "agent/latency/path_ledger.h"

#include <gtest/gtest.h>

namespace caspilink::latency {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

class PathLedgerTest : public testing::Test {
 protected:
  void answered(std::uint32_t sequence, std::uint32_t reflected, bool again = false) {
    ledger_.answered(sequence, reflected, 1000, again, now_);
  }
  void lost(std::uint32_t sequence) { ledger_.lost(sequence, now_); }
  const PathLedger::Counts& counts() const { return ledger_.counts(); }

  std::int64_t now_ = 0;
  PathLedger ledger_{PeerReflector::kStateful, 2 * kSecond};
};

TEST_F(PathLedgerTest, AProbeTheReflectorNeverCountedWasLostOutbound) {
  answered(0, 0);
  answered(2, 1);
  lost(1);
  EXPECT_EQ(counts().lost_outbound, 1U);
  EXPECT_EQ(counts().lost_inbound, 0U);
}

TEST_F(PathLedgerTest, ANumberThatNeverCameWasLostInbound) {
  answered(0, 0);
  answered(2, 2);
  lost(1);
  EXPECT_EQ(counts().lost_outbound, 0U);
  EXPECT_EQ(counts().lost_inbound, 1U);
}

TEST_F(PathLedgerTest, AnOutageIsDecidedByTheAnswerThatEndsIt) {
  answered(0, 0);
  for (std::uint32_t sequence = 1; sequence <= 40; ++sequence) lost(sequence);
  EXPECT_EQ(ledger_.undecided(), 40U);
  EXPECT_EQ(counts().lost_outbound + counts().lost_inbound, 0U);
  // The reflector has answered 33 in between.
  answered(41, 34);
  EXPECT_EQ(ledger_.undecided(), 0U);
  EXPECT_EQ(counts().lost_inbound, 33U);
  EXPECT_EQ(counts().lost_outbound, 7U);
}

TEST_F(PathLedgerTest, TheFirstAnswersLossesCount) {
  answered(3, 2);
  lost(0);
  lost(1);
  lost(2);
  EXPECT_EQ(counts().lost_inbound, 2U);
  EXPECT_EQ(counts().lost_outbound, 1U);
}

TEST_F(PathLedgerTest, AnAnswerOvertakenOnItsWayBackIsInboundReordering) {
  answered(1, 1);
  answered(0, 0);
  EXPECT_EQ(counts().reordered, 1U);
  EXPECT_EQ(counts().reordered_inbound, 1U);
  EXPECT_EQ(counts().reordered_outbound, 0U);
  lost(2);
  answered(3, 2);
  EXPECT_EQ(counts().lost_inbound, 0U) << "0 did come";
}

TEST_F(PathLedgerTest, AProbeOvertakenOnItsWayThereIsOutboundReordering) {
  answered(1, 0);
  answered(0, 1);
  EXPECT_EQ(counts().reordered, 1U);
  EXPECT_EQ(counts().reordered_outbound, 1U);
}

TEST_F(PathLedgerTest, ACopyIsNoRestartAndNoReordering) {
  answered(0, 0);
  answered(1, 1);
  answered(1, 1, true);  // copied on the way back
  answered(1, 2, true);  // copied on the way there
  answered(2, 3);
  EXPECT_EQ(counts().restarts, 0U);
  EXPECT_EQ(counts().reordered, 0U);
}

TEST_F(PathLedgerTest, AReflectorThatCountsAnewIsNoLoss) {
  for (std::uint32_t sequence = 0; sequence < 50; ++sequence) answered(sequence, sequence);
  answered(50, 0);
  answered(52, 1);
  lost(51);
  EXPECT_EQ(counts().restarts, 1U);
  EXPECT_EQ(counts().lost_outbound, 1U);
  EXPECT_EQ(counts().lost_inbound, 0U);
}

TEST_F(PathLedgerTest, ACounterBeyondAllProbesIsNotLoss) {
  answered(0, 4'000'000'000);
  answered(1, 4'000'000'001);
  answered(2, 17);
  lost(3);
  EXPECT_EQ(counts().lost_inbound, 0U);
}

TEST_F(PathLedgerTest, AMissingNumberIsForgottenInTheEnd) {
  answered(0, 0);
  answered(1, 2);  // a copy's answer was lost, say
  now_ = 10 * kSecond;
  answered(3, 3);
  lost(2);
  EXPECT_EQ(counts().lost_outbound, 1U);
  EXPECT_EQ(counts().lost_inbound, 0U);
}

TEST(PathLedgerOfUnknownPeerTest, TellsNoDirectionUntilStateIsProven) {
  PathLedger ledger(PeerReflector::kUnknown, kSecond);
  ledger.answered(0, 0, 10, false, 0);
  ledger.answered(2, 2, 10, false, 0);
  ledger.lost(1, 0);
  EXPECT_FALSE(ledger.tells_directions());
  EXPECT_EQ(ledger.counts().lost_inbound, 0U) << "a stateless one would look the same";
  ledger.answered(4, 3, 10, false, 0);
  EXPECT_TRUE(ledger.tells_directions());
  ledger.lost(3, 0);
  EXPECT_EQ(ledger.counts().lost_outbound, 1U);
}

TEST(PathLedgerOfStatelessPeerTest, NeverTellsADirection) {
  PathLedger ledger(PeerReflector::kStateless, kSecond);
  ledger.answered(0, 0, 10, false, 0);
  ledger.answered(2, 1, 10, false, 0);
  ledger.lost(1, 0);
  EXPECT_FALSE(ledger.tells_directions());
  EXPECT_EQ(ledger.counts().lost_outbound, 0U);
}

}  // namespace
}  // namespace caspilink::latency
