#include "collector/performance/recorder.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "collector/store/sqlite_store.h"
#include "tests/collector/small_plant.h"
#include "tests/support/certificates.h"

namespace caspilink::performance {
namespace {

using codec::Quantity;
using codec::Reading;

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'056'700;  // the last quarter of an hour of a UTC day

// The store is real; time is given.
class RecorderTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void TearDown() override { close(); }

  void open(std::int64_t at = kBegin) {
    auto store =
        store::SqliteStore::open(folder_.path() / "store", {}, [this](store::Commit commit) {
          const std::lock_guard lock(mutex_);
          durable_.insert(commit.tickets.begin(), commit.tickets.end());
          changed_.notify_all();
        });
    ASSERT_TRUE(store) << store.error().message();
    store_ = std::move(*store);
    auto recorder = Recorder::open(folder_.path() / "store", *store_, test::small_plant(),
                                   settings_, at * kNanos, judge_);
    ASSERT_TRUE(recorder) << recorder.error().message();
    recorder_ = std::move(*recorder);
  }
  void close() {
    recorder_.reset();
    store_.reset();
    durable_.clear();  // a store draws its tickets anew
  }

  // What Aktau reports of channel 32 of FP01, a batch a call: a reading a second.
  void report(std::int64_t from, std::int64_t until, double power,
              Reading reading = Reading::kValue) {
    append(from, until, power, reading, {});
  }
  void append(std::int64_t from, std::int64_t until, double power, Reading reading,
              std::vector<store::SetAside> set_aside) {
    constexpr std::uint64_t boot = 7;
    const codec::Catalogue catalogue{
        .boot = boot,
        .series = {{1, test::channel_point(Quantity::kChannelInputPower, "FP01", 32)}}};
    store_->declare("aktau", catalogue, kBegin * kNanos);
    auto batch = std::make_shared<store::JudgedBatch>();
    batch->agent = "aktau";
    batch->received_unix_ns = until * kNanos;
    batch->batch.id = {boot, ++sequence_};
    batch->set_aside = std::move(set_aside);
    for (std::int64_t second = from; second < until; ++second) {
      batch->batch.series.push_back(1);
      batch->batch.times_unix_ns.push_back(second * kNanos);
      batch->batch.values.push_back(power);
      batch->batch.readings.push_back(reading);
    }
    const store::Ticket ticket = store_->append(batch);
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30),
                                  [&] { return durable_.contains(ticket); }));
  }
  void step(std::int64_t second) {
    const auto done = recorder_->step(second * kNanos);
    ASSERT_TRUE(done) << done.error().message();
  }
  // Waits until all that was recorded so far is durable, by a batch behind it that counts for
  // nothing.
  std::vector<store::BinRecord> bins(std::uint32_t length_s, const std::string& quantity) {
    append(kBegin, kBegin + 1, -99, Reading::kValue, {store::SetAside::kOutOfRange});
    auto history = store::History::open(folder_.path() / "store");
    EXPECT_TRUE(history);
    std::vector<store::BinRecord> all;
    EXPECT_TRUE((*history)->bins(
        {.length_s = length_s, .from_unix_ns = (kBegin - 86'400) * kNanos, .quantity = quantity},
        [&](const store::BinRecord& bin) { all.push_back(bin); }));
    return all;
  }

  Settings settings_{.thresholds = {{.quantity = kUnavailableSeconds, .raise = 10, .reset = 0}}};
  // Says how often it was asked.
  Judge judge_ = [this](std::int64_t start_unix_s) -> Result<std::vector<store::BinRecord>> {
    judged_.push_back(start_unix_s);
    if (judge_fails_) return fail(ErrorCode::kUnavailable, "", "not now");
    const auto times = static_cast<double>(judged_.size());
    return std::vector{store::BinRecord{.place = {.quantity = "verdict", .fibre_pair = "FP01"},
                                        .start_unix_ns = start_unix_s * kNanos,
                                        .last = times}};
  };
  std::vector<std::int64_t> judged_;
  bool judge_fails_ = false;
  test::TemporaryFolder folder_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<Recorder> recorder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<store::Ticket> durable_;
  std::uint64_t sequence_ = 0;
};

TEST_F(RecorderTest, ClosesAnIntervalAMinuteAfterItsEnd) {
  report(kBegin, kBegin + 900, -10);
  report(kBegin + 900, kBegin + 950, -12);
  step(kBegin + 950);
  EXPECT_TRUE(bins(900, "channel_input_power").empty());
  step(kBegin + 960);
  const auto closed = bins(900, "channel_input_power");
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].start_unix_ns, kBegin * kNanos);
  EXPECT_EQ(closed[0].samples, 900U);
  EXPECT_EQ(closed[0].average, -10);
  EXPECT_FALSE(closed[0].suspect);
}

TEST_F(RecorderTest, LateReadingsCorrectABinAndNothingCountsTwice) {
  report(kBegin, kBegin + 300, -10);
  step(kBegin + 960);
  ASSERT_EQ(bins(900, "channel_input_power").size(), 1U);
  EXPECT_TRUE(bins(900, "channel_input_power")[0].suspect);
  report(kBegin + 300, kBegin + 900, -13);  // back-fill
  step(kBegin + 1000);
  step(kBegin + 1000 + settings_.quiet_s);
  const auto corrected = bins(900, "channel_input_power");
  ASSERT_EQ(corrected.size(), 1U);
  EXPECT_EQ(corrected[0].samples, 900U);
  EXPECT_DOUBLE_EQ(corrected[0].average, -12);
  EXPECT_FALSE(corrected[0].suspect);
}

TEST_F(RecorderTest, AnIntervalIsJudgedWhenItClosesAndAgainWhereLateReadingsTouchIt) {
  report(kBegin + 100, kBegin + 300, -10);
  step(kBegin + 960);
  EXPECT_EQ(judged_, std::vector{kBegin});
  ASSERT_EQ(bins(900, "verdict").size(), 1U);
  EXPECT_EQ(bins(900, "verdict")[0].last, 1);
  report(kBegin + 300, kBegin + 500, -13);  // back-fill
  step(kBegin + 1000);
  EXPECT_EQ(judged_.size(), 1U) << "not before it is quiet";
  step(kBegin + 1000 + settings_.quiet_s);
  EXPECT_EQ(judged_, (std::vector{kBegin, kBegin}));
  ASSERT_EQ(bins(900, "verdict").size(), 1U) << "written over";
  EXPECT_EQ(bins(900, "verdict")[0].last, 2);
}

TEST_F(RecorderTest, WhatCouldNotBeJudgedIsTriedAgain) {
  report(kBegin + 100, kBegin + 300, -10);
  judge_fails_ = true;
  EXPECT_FALSE(recorder_->step((kBegin + 960) * kNanos));
  judge_fails_ = false;
  step(kBegin + 961);
  EXPECT_EQ(bins(900, "channel_input_power").size(), 1U);
  EXPECT_EQ(bins(900, "verdict").size(), 1U);
}

TEST_F(RecorderTest, ARestartInTheMiddleLosesAndDoublesNothing) {
  report(kBegin, kBegin + 400, -10);
  step(kBegin + 400);
  close();
  open(kBegin + 500);
  report(kBegin + 400, kBegin + 900, -10);
  step(kBegin + 960);
  const auto closed = bins(900, "channel_input_power");
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].samples, 900U);
  close();
  open(kBegin + 970);
  step(kBegin + 970);
  step(kBegin + 970 + settings_.quiet_s);
  EXPECT_EQ(bins(900, "channel_input_power").at(0).samples, 900U);
}

TEST_F(RecorderTest, ADayIsMadeOfItsQuarters) {
  report(kBegin, kBegin + 900, -10);
  step(kBegin + 960);
  bins(900, "channel_input_power");
  // The first minute also lies in the margin of the quarter before, which is corrected first.
  step(kBegin + 960 + settings_.quiet_s);
  step(kBegin + 960 + 2 * settings_.quiet_s);
  const auto days = bins(86'400, "channel_input_power");
  ASSERT_EQ(days.size(), 1U);
  EXPECT_EQ(days[0].samples, 900U);
  EXPECT_TRUE(days[0].suspect);
}

TEST_F(RecorderTest, AThresholdFiresWithinTheBinAndClearsAtTheEndOfAGoodOne) {
  report(kBegin, kBegin + 100, -10);
  step(kBegin + 100);
  EXPECT_TRUE(recorder_->latest()->crossings.empty());
  report(kBegin + 100, kBegin + 110, 0, Reading::kNoLight);
  step(kBegin + 110);
  // Of the channel, and of the fibre pair that has no other.
  ASSERT_EQ(recorder_->latest()->crossings.size(), 2U);
  EXPECT_EQ(recorder_->latest()->crossings[1].place.channel, 32U);
  report(kBegin + 110, kBegin + 1800, -10);
  step(kBegin + 960);
  EXPECT_EQ(recorder_->latest()->crossings.size(), 2U);
  step(kBegin + 1860);
  // The pair's other direction was never heard, so nobody knows whether it is available again.
  ASSERT_EQ(recorder_->latest()->crossings.size(), 1U);
  EXPECT_EQ(recorder_->latest()->crossings[0].place.channel, 0U);
}

TEST_F(RecorderTest, AStepThatIsToStopIsBrokenOffAndLosesNothing) {
  report(kBegin, kBegin + 450, -10);
  report(kBegin + 450, kBegin + 900, -10);
  recorder_->stop();
  const auto stopped = recorder_->step((kBegin + 960) * kNanos);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kUnavailable);
  close();
  open(kBegin + 970);
  step(kBegin + 970);
  // The quarter before, in whose margin the first minute lies, and then this one.
  step(kBegin + 970 + settings_.quiet_s);
  step(kBegin + 970 + 2 * settings_.quiet_s);
  EXPECT_EQ(bins(900, "channel_input_power").at(0).samples, 900U);
}

TEST_F(RecorderTest, StatesThisMonthsAvailability) {
  report(kBegin, kBegin + 400, -10);
  report(kBegin + 400, kBegin + 490, 0, Reading::kNoLight);
  report(kBegin + 490, kBegin + 900, -10);
  step(kBegin + 960);
  bins(900, kUnavailableSeconds);
  step(kBegin + 961);
  step(kBegin + 1860);
  const auto& levels = recorder_->latest()->this_month;
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(levels[0].fibre_pair, "FP01");
  EXPECT_EQ(levels[0].unavailable_seconds, 90U);
  EXPECT_EQ(levels[0].known_seconds, 90U) << "the other direction was not heard";
}

}  // namespace
}  // namespace caspilink::performance
