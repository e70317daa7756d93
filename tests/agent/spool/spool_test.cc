// What every spool does, the real one and the fake.
#include "agent/spool/spool.h"

#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "agent/spool/memory_spool.h"
#include "agent/spool/sqlite_spool.h"
#include "tests/agent/spool/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::spool {
namespace {

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Spool>(const std::filesystem::path&)> make;
};

class SpoolTest : public testing::TestWithParam<Kind> {
 protected:
  Position append(std::uint64_t boot, std::uint64_t sequence) {
    return spool_->append(batch_of(boot, sequence), {}, kStart).value();
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<Spool> spool_ = GetParam().make(folder_.path());
};

TEST_P(SpoolTest, AnEmptyOneHasNothing) {
  EXPECT_TRUE(all_of(*spool_).empty());
  EXPECT_EQ(spool_->position_of({1, 1}), std::nullopt);
  EXPECT_EQ(spool_->stats().batches, 0U);
  EXPECT_EQ(spool_->stats().oldest_unix_ns, std::nullopt);
}

TEST_P(SpoolTest, GivesBatchesBackInOrderWithTheirPositions) {
  const Position first = append(9, 1);
  const Position second = append(9, 2);
  const Position other_boot = append(4, 1);
  EXPECT_LT(first, second);
  EXPECT_LT(second, other_boot);
  const auto all = all_of(*spool_);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].batch, batch_of(9, 1));
  EXPECT_EQ(all[1].batch, batch_of(9, 2));
  EXPECT_EQ(all[2].batch, batch_of(4, 1));
  EXPECT_EQ(all[1].position, second);
  EXPECT_EQ(spool_->position_of({9, 2}), second);
  EXPECT_EQ(spool_->position_of({4, 1}), other_boot);
}

TEST_P(SpoolTest, ForgetsWhatItIsToldAndNothingElse) {
  append(9, 1);
  const Position second = append(9, 2);
  append(9, 3);
  spool_->forget(second);
  auto all = all_of(*spool_);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].batch.id.sequence, 1U);
  EXPECT_EQ(all[1].batch.id.sequence, 3U);
  ASSERT_TRUE(spool_->flush());
  EXPECT_EQ(all_of(*spool_).size(), 2U);
  EXPECT_EQ(spool_->stats().batches, 2U);
  EXPECT_EQ(spool_->stats().samples, 100U);
}

TEST_P(SpoolTest, ForgettingTwiceOrTheUnknownIsHarmless) {
  const Position first = append(9, 1);
  append(9, 2);
  for (int round = 0; round < 2; ++round) {
    spool_->forget(first);
    spool_->forget(first + 1000);
    ASSERT_TRUE(spool_->flush());
  }
  EXPECT_EQ(spool_->stats().batches, 1U);
}

TEST_P(SpoolTest, RefusesABatchOutOfSequence) {
  append(9, 1);
  for (const std::uint64_t wrong : {0U, 1U, 3U}) {
    const auto refused = spool_->append(batch_of(9, wrong), {}, kStart);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
  }
  EXPECT_FALSE(spool_->append(batch_of(0, 1), {}, kStart));
  append(9, 2);
}

TEST_P(SpoolTest, KeepsTheCatalogueOfEveryBoot) {
  const auto series = series_of(5);
  ASSERT_TRUE(spool_->append(batch_of(9, 1), std::span(series).first(3), kStart));
  ASSERT_TRUE(spool_->append(batch_of(9, 2), std::span(series).subspan(3), kStart));
  const auto whole = spool_->catalogue(9, 1, 100);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->boot, 9U);
  EXPECT_EQ(whole->series, series);
  EXPECT_EQ(spool_->catalogue(9, 3, 4)->series.size(), 2U);
  EXPECT_TRUE(spool_->catalogue(8, 1, 100)->series.empty());
}

TEST_P(SpoolTest, CountsWhatWaits) {
  append(9, 1);
  const Position second = append(9, 2);
  EXPECT_EQ(spool_->stats().batches, 2U);
  EXPECT_EQ(spool_->stats().samples, 100U);
  EXPECT_EQ(spool_->stats().appended_batches, 2U);
  EXPECT_EQ(spool_->stats().oldest_unix_ns, kStart);
  spool_->forget(second);
  spool_->forget(second - 1);
  ASSERT_TRUE(spool_->flush());
  EXPECT_EQ(spool_->stats().batches, 0U);
  EXPECT_EQ(spool_->stats().samples, 0U);
  EXPECT_EQ(spool_->stats().bytes, 0U);
  EXPECT_EQ(spool_->stats().oldest_unix_ns, std::nullopt);
}

TEST_P(SpoolTest, ABatchSetAsideIsNotMetAgain) {
  const Position first = append(9, 1);
  append(9, 2);
  spool_->set_aside(first, "refused by the collector");
  EXPECT_EQ(all_of(*spool_).size(), 1U);
  EXPECT_EQ(spool_->stats().damaged_records, 1U);
  EXPECT_EQ(spool_->stats().batches, 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, SpoolTest,
    testing::Values(Kind{"Memory", [](const auto&) { return std::make_unique<MemorySpool>(); }},
                    Kind{"Sqlite",
                         [](const auto& folder) {
                           return SqliteSpool::open(
                                      {.file = (folder / "spool.sqlite").string(), .bounds = {}})
                               .value();
                         }}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace caspilink::spool
