// Years of looks at one place, in simulated time.
#include "collector/twin/baseline.h"

#include <cmath>
#include <numbers>
#include <random>

#include <gmock/gmock.h>

namespace caspilink::twin {
namespace {

constexpr std::int64_t kHour = 3600LL * 1'000'000'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kBegin = 20'800 * kDay;  // in 2026
constexpr double kYear = 365.2425;

// Q of a channel: ageing, season, noise, and a repair that costs half a decibel.
class Line {
 public:
  double q(std::int64_t now) {
    const double days = static_cast<double>(now - kBegin) / static_cast<double>(kDay);
    double value = 9.0 - 0.05 * days / kYear + 0.1 * std::sin(2 * std::numbers::pi * days / kYear) +
                   noise_(random_);
    if (repaired_ && now >= *repaired_) value -= 0.5;
    return value;
  }
  void repair(std::int64_t at) { repaired_ = at; }

 private:
  std::mt19937 random_{5};
  std::normal_distribution<double> noise_{0, 0.03};
  std::optional<std::int64_t> repaired_;
};

class BaselineTest : public testing::Test {
 protected:
  // Looks every `step` until `until`.
  void run(std::int64_t until, std::int64_t step = kHour, bool healthy = true) {
    for (; now_ < until; now_ += step) {
      book_.track(place_).look(now_, line_.q(now_), healthy, book_.settings());
      book_.looked(now_);
      for (auto& record : book_.work(100)) keep(std::move(record));
    }
  }
  void keep(store::BaselineRecord record) {
    std::erase_if(kept_, [&](const auto& old) {
      return old.place == record.place && old.kind == record.kind;
    });
    kept_.push_back(std::move(record));
  }
  const Baseline& baseline() { return book_.find(place_)->baseline(); }

  fleet::Place place_{.quantity = codec::Quantity::kQValue,
                      .station = "aktau",
                      .fibre_pair = "FP01",
                      .direction = plant::Direction::kAToB,
                      .channel = 32};
  BaselineBook book_{BaselineSettings{}};
  Line line_;
  std::int64_t now_ = kBegin;
  std::vector<store::BaselineRecord> kept_;  // as a store would
};

TEST_F(BaselineTest, TheSnapshotIsTakenAfterADayWithinBudget) {
  run(kBegin + 23 * kHour);
  EXPECT_FALSE(baseline().commissioning);
  run(kBegin + 26 * kHour);
  ASSERT_TRUE(baseline().commissioning);
  EXPECT_NEAR(*baseline().commissioning, 9.0, 0.03);
  EXPECT_THAT(kept_,
              testing::Contains(testing::Field(&store::BaselineRecord::kind, "commissioning")));
}

TEST_F(BaselineTest, ALineOutOfBudgetIsNoBaseline) {
  run(kBegin + 20 * kHour);
  run(kBegin + 21 * kHour, kHour, false);
  run(kBegin + 44 * kHour);
  EXPECT_FALSE(baseline().commissioning) << "the day began anew";
  run(kBegin + 47 * kHour);
  EXPECT_TRUE(baseline().commissioning);
}

TEST_F(BaselineTest, AnOperatorMayTakeItAnew) {
  run(kBegin + 3 * kDay);
  line_.repair(now_);
  run(kBegin + 5 * kDay);
  EXPECT_NEAR(*baseline().from_commissioning, -0.5, 0.05);
  const std::uint64_t changes = book_.changes();
  const Commissioned done = book_.commission(now_, {});
  EXPECT_EQ(done.taken, 1U);
  EXPECT_EQ(done.left, 0U);
  EXPECT_NEAR(*baseline().from_commissioning, 0, 0.02);
  EXPECT_GT(book_.changes(), changes);
  const auto summaries = book_.summaries();
  ASSERT_EQ(summaries.size(), 1U);
  EXPECT_EQ(summaries[0].commissioned_unix_ns, now_);
  EXPECT_EQ(book_.commission(now_, {.fibre_pair = "another"}).taken, 0U);
}

TEST_F(BaselineTest, AWordInTheConfigurationTakesItAnewOnce) {
  BaselineTrack track;
  BaselineSettings settings;
  for (std::int64_t now = kBegin; now < kBegin + 3 * kDay; now += kHour) {
    track.look(now, 9.0, true, settings);
  }
  settings.commissioned_since_unix_ns = kBegin + 3 * kDay;
  for (std::int64_t now = kBegin + 3 * kDay; now < kBegin + 6 * kDay; now += kHour) {
    track.look(now, 8.0, true, settings);
  }
  EXPECT_EQ(track.baseline().commissioning, 8.0);
  EXPECT_EQ(track.baseline().commissioned_unix_ns, kBegin + 4 * kDay);
}

TEST_F(BaselineTest, WorseThanAMonthAgoIsSeenLongBeforeAThreshold) {
  run(kBegin + 40 * kDay);
  ASSERT_TRUE(baseline().from_month_ago);
  EXPECT_NEAR(*baseline().from_month_ago, 0, 0.08) << "season and ageing of a month";
  line_.repair(now_);
  run(kBegin + 42 * kDay);
  EXPECT_NEAR(*baseline().from_month_ago, -0.5, 0.1);
}

TEST_F(BaselineTest, NothingIsKnownOfAMonthAgoInTheFirstWeeks) {
  run(kBegin + 20 * kDay);
  EXPECT_FALSE(baseline().from_month_ago);
}

TEST_F(BaselineTest, YearsWithASeasonARepairAndAgeingGiveTheAgeing) {
  line_.repair(kBegin + 900 * kDay);
  run(kBegin + 365 * kDay);
  EXPECT_FALSE(baseline().trend) << "a year cannot tell a season from ageing";
  run(kBegin + 5 * 365 * kDay);
  ASSERT_TRUE(baseline().trend);
  const Trend& trend = *baseline().trend;
  EXPECT_NEAR(trend.per_year().value, -0.05, 0.01);
  EXPECT_LT(trend.per_year().low, -0.05);
  EXPECT_GT(trend.per_year().high, -0.05);
  EXPECT_NEAR(trend.season(), 0.1, 0.01);
  ASSERT_EQ(trend.steps().size(), 1U);
  EXPECT_NEAR(trend.steps()[0].size, -0.5, 0.05);
  EXPECT_NEAR(*baseline().from_commissioning, -0.05 * 5 - 0.5, 0.06);
}

TEST_F(BaselineTest, ARestartForgetsNothingButToday) {
  run(kBegin + 2 * 365 * kDay);
  const Baseline before = baseline();
  ASSERT_TRUE(before.trend && before.commissioning);
  book_ = BaselineBook{BaselineSettings{}};
  book_.restore(kept_);
  (void)book_.work(100);
  const Baseline& after = baseline();
  EXPECT_NEAR(*after.commissioning, *before.commissioning, 1e-12);
  EXPECT_EQ(after.commissioned_unix_ns, before.commissioned_unix_ns);
  ASSERT_TRUE(after.trend);
  EXPECT_EQ(after.trend->per_year(), before.trend->per_year());
  EXPECT_FALSE(after.recent) << "nothing was looked at yet";
  run(now_ + 5 * kHour);
  EXPECT_NEAR(*baseline().from_month_ago, *before.from_month_ago, 0.05);
}

TEST_F(BaselineTest, ARecordThatIsDamagedIsLeftOut) {
  BaselineTrack track;
  EXPECT_FALSE(track.restore({.kind = "commissioning", .values = {}}));
  EXPECT_FALSE(track.restore({.kind = "seasonal", .values = {0, 1e9}}));
  EXPECT_FALSE(track.restore({.kind = "seasonal", .values = {0, 5, 1, 2}}));
  EXPECT_FALSE(track.restore({.kind = "something new", .values = {1}}));
  EXPECT_FALSE(track.baseline().commissioning);
}

TEST_F(BaselineTest, AGapOfMonthsKeepsTheYearsBeforeIt) {
  run(kBegin + 400 * kDay);
  now_ += 200 * kDay;
  run(kBegin + 900 * kDay);
  ASSERT_TRUE(baseline().trend);
  EXPECT_NEAR(baseline().trend->per_year().value, -0.05, 0.03);
}

}  // namespace
}  // namespace caspilink::twin
