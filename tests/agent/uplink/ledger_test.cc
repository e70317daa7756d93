#include "agent/uplink/ledger.h"

#include <gtest/gtest.h>

#include "agent/rpc/backoff.h"
#include "agent/spool/memory_spool.h"
#include "tests/agent/spool/batches.h"

namespace caspilink::uplink {
namespace {

class LedgerTest : public testing::Test {
 protected:
  spool::Position append(std::uint64_t sequence) {
    return spool_.append(spool::batch_of(9, sequence), {}, spool::kStart).value();
  }
  spool::MemorySpool spool_;
};

TEST_F(LedgerTest, WithOneCollectorADeliveredBatchIsForgotten) {
  Ledger ledger(spool_, 1, 1);
  ledger.delivered(0, append(1));
  EXPECT_EQ(spool_.stats().batches, 0U);
}

TEST_F(LedgerTest, ABatchStaysUntilEveryCollectorHasIt) {
  Ledger ledger(spool_, 2, 2);
  const auto first = append(1);
  const auto second = append(2);
  ledger.delivered(0, first);
  ledger.delivered(0, second);
  EXPECT_EQ(spool_.stats().batches, 2U);
  ledger.delivered(1, second);
  EXPECT_EQ(spool_.stats().batches, 1U);
  ledger.delivered(1, first);
  EXPECT_EQ(spool_.stats().batches, 0U);
}

TEST_F(LedgerTest, AQuorumSufficesAndTheRestDoesNotBringABatchBack) {
  Ledger ledger(spool_, 3, 2);
  const auto first = append(1);
  append(2);
  ledger.delivered(2, first);
  EXPECT_EQ(spool_.stats().batches, 2U);
  ledger.delivered(0, first);
  EXPECT_EQ(spool_.stats().batches, 1U);
  ledger.delivered(1, first);
  EXPECT_EQ(spool_.stats().batches, 1U);
}

TEST_F(LedgerTest, ARefusedBatchIsSetAsideWhenTheOthersHaveIt) {
  Ledger ledger(spool_, 2, 2);
  const auto first = append(1);
  ledger.refused(0, first, "malformed");
  EXPECT_EQ(spool_.stats().damaged_records, 0U);
  ledger.delivered(1, first);
  EXPECT_EQ(spool_.stats().damaged_records, 1U);
  EXPECT_EQ(spool_.stats().batches, 0U);
}

TEST(BackoffTest, GrowsToItsLongestAndStartsAgain) {
  using std::chrono::milliseconds;
  rpc::Backoff backoff(milliseconds(100), milliseconds(1000), 1);
  milliseconds step(100);
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto wait = backoff.next();
    EXPECT_GE(wait, step / 2);
    EXPECT_LE(wait, step);
    step = std::min(milliseconds(1000), step * 8 / 5);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(BackoffTest, TwoAgentsDoNotComeBackAsOne) {
  rpc::Backoff one(std::chrono::milliseconds(1000), std::chrono::milliseconds(5000), 1);
  rpc::Backoff other(std::chrono::milliseconds(1000), std::chrono::milliseconds(5000), 2);
  int same = 0;
  for (int attempt = 0; attempt < 20; ++attempt) same += one.next() == other.next() ? 1 : 0;
  EXPECT_LT(same, 5);
}

}  // namespace
}  // namespace caspilink::uplink
