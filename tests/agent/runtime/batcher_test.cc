#include "agent/runtime/batcher.h"

#include <gtest/gtest.h>

#include "agent/spool/memory_spool.h"
#include "tests/agent/spool/batches.h"

namespace caspilink::runtime {
namespace {

using codec::Quantity;
using codec::Reading;

constexpr std::int64_t kNow = spool::kStart;

codec::Observation observation(std::uint32_t channel, double value) {
  return {.point = {.quantity = Quantity::kQValue,
                    .source = "slte-1",
                    .component = "och-FP01-" + std::to_string(channel),
                    .fibre_pair = "FP01",
                    .channel = channel},
          .time_unix_ns = kNow + channel,
          .value = value};
}

class BatcherTest : public testing::Test {
 protected:
  void observe(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t channel = first; channel <= last; ++channel) {
      const auto one = observation(channel, channel);
      batcher_.observe({&one, 1});
    }
  }

  spool::MemorySpool spool_;
  Batcher batcher_{
      {.boot = 9, .max_batch_samples = 10, .max_pending_samples = 25, .max_series = 40}, spool_};
};

TEST_F(BatcherTest, NumbersSeriesDenselyInTheOrderTheyAppear) {
  observe(7, 8);
  observe(7, 7);
  const auto cuts = batcher_.cut(kNow);
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].batch->series, (std::vector<std::uint32_t>{1, 2, 1}));
  EXPECT_EQ(cuts[0].batch->values, (std::vector<double>{7, 8, 7}));
  EXPECT_EQ(cuts[0].batch->times_unix_ns,
            (std::vector<std::int64_t>{kNow + 7, kNow + 8, kNow + 7}));
  EXPECT_TRUE(cuts[0].batch->readings.empty()) << "all are values";
  EXPECT_EQ(cuts[0].batch->id, (codec::BatchId{9, 1}));
  const auto catalogue = spool_.catalogue(9, 1, 100);
  ASSERT_EQ(catalogue->series.size(), 2U);
  EXPECT_EQ(catalogue->series[0].point, observation(7, 0).point);
}

TEST_F(BatcherTest, SequencesHaveNoGaps) {
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    observe(1, 2);
    EXPECT_EQ(batcher_.cut(kNow).at(0).batch->id.sequence, sequence);
    EXPECT_TRUE(batcher_.cut(kNow).empty()) << "nothing pending, nothing cut";
  }
}

TEST_F(BatcherTest, ReadingsWithoutANumberKeepTheirReason) {
  auto dark = observation(1, 0);
  dark.reading = Reading::kNoLight;
  batcher_.observe({&dark, 1});
  observe(2, 2);
  const auto cuts = batcher_.cut(kNow);
  EXPECT_EQ(cuts[0].batch->readings, (std::vector<Reading>{Reading::kNoLight, Reading::kValue}));
}

TEST_F(BatcherTest, CutsInPiecesOfTheLargestBatch) {
  EXPECT_FALSE(batcher_.full());
  observe(1, 23);
  EXPECT_TRUE(batcher_.full());
  const auto cuts = batcher_.cut(kNow);
  ASSERT_EQ(cuts.size(), 3U);
  EXPECT_EQ(cuts[0].batch->size(), 10U);
  EXPECT_EQ(cuts[2].batch->size(), 3U);
  EXPECT_EQ(spool_.stats().samples, 23U);
}

TEST_F(BatcherTest, TheCollectorMayAskForLess) {
  batcher_.limit(4, 0);
  observe(1, 8);
  EXPECT_EQ(batcher_.cut(kNow).size(), 2U);
  batcher_.limit(1000, 0);
  observe(1, 20);
  EXPECT_EQ(batcher_.cut(kNow).size(), 2U) << "and never for more than we do";
}

TEST_F(BatcherTest, WhatTheDiskRefusesWaitsAndGoesWithTheSameNumbers) {
  spool_.refuse_appends = Error{ErrorCode::kUnavailable, "spool.sqlite", "disk full"};
  observe(1, 5);
  EXPECT_TRUE(batcher_.cut(kNow).empty());
  EXPECT_EQ(batcher_.pending(), 5U);
  EXPECT_EQ(batcher_.trouble()->detail, "disk full");
  spool_.refuse_appends.reset();
  observe(6, 6);
  const auto cuts = batcher_.cut(kNow);
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].batch->id.sequence, 1U);
  EXPECT_EQ(cuts[0].batch->size(), 6U);
  EXPECT_EQ(spool_.catalogue(9, 1, 100)->series.size(), 6U) << "series seen meanwhile included";
  EXPECT_FALSE(batcher_.trouble());
  EXPECT_EQ(batcher_.counts().append_errors, 1U);
}

TEST_F(BatcherTest, MemoryIsBoundedWhileTheDiskRefuses) {
  spool_.refuse_appends = Error{ErrorCode::kUnavailable, "", ""};
  observe(1, 30);
  EXPECT_EQ(batcher_.pending(), 25U);
  EXPECT_EQ(batcher_.counts().dropped_memory_full, 5U);
  EXPECT_EQ(batcher_.counts().observations, 30U);
}

TEST_F(BatcherTest, AFullSpoolThatKeepsTheOldestCostsTheNewestAndNoSequence) {
  spool_.refuse_appends = Error{ErrorCode::kExhausted, "", "full"};
  observe(1, 5);
  EXPECT_TRUE(batcher_.cut(kNow).empty());
  EXPECT_EQ(batcher_.pending(), 0U);
  EXPECT_EQ(batcher_.counts().dropped_spool_full, 5U);
  spool_.refuse_appends.reset();
  observe(1, 1);
  EXPECT_EQ(batcher_.cut(kNow).at(0).batch->id.sequence, 1U);
  EXPECT_EQ(spool_.catalogue(9, 1, 100)->series.size(), 5U) << "declared with the next that fits";
}

TEST_F(BatcherTest, SeriesAreBounded) {
  batcher_.limit(0, 3);
  observe(1, 5);
  EXPECT_EQ(batcher_.series(), 3U);
  EXPECT_EQ(batcher_.counts().dropped_too_many_series, 2U);
  observe(3, 3);
  EXPECT_EQ(batcher_.counts().dropped_too_many_series, 2U) << "known series go on";
}

}  // namespace
}  // namespace caspilink::runtime
