// Verdicts of the past from a real store: an outage, and the samples that came after it.
#include "collector/assess/replay.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <malloc.h>

#include "collector/assess/verdict_bins.h"
#include "collector/store/sqlite_store.h"
#include "tests/collector/small_plant.h"
#include "tests/support/certificates.h"

namespace caspilink::assess {
namespace {

using codec::Quantity;
using test::kSecond;
using test::kStart;
using testing::ElementsAre;

class ReplayTest : public testing::Test {
 protected:
  static constexpr std::array<std::uint32_t, 4> kChannels = {1, 32, 64, 96};

  void SetUp() override {
    auto opened = store::SqliteStore::open(directory(), {}, [](const store::Commit&) {});
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = std::move(*opened);
    codec::Catalogue catalogue{.boot = 1, .series = {}};
    std::uint32_t number = 0;
    for (const std::uint32_t channel : kChannels) {
      auto point = test::channel_point(Quantity::kQValue, "FP01", channel);
      point.source = "slte-1";
      catalogue.series.push_back({++number, point});
    }
    store_->declare("aktau", catalogue, kStart);
  }
  std::string directory() const { return folder_.path() / "store"; }

  // Q of all four channels, once a second from `from` to `to`; received at `received`.
  void measured(std::int64_t from, std::int64_t to, double margin_db, std::int64_t received) {
    auto judged = std::make_shared<store::JudgedBatch>();
    judged->agent = "aktau";
    judged->received_unix_ns = received;
    judged->batch.id = {1, ++sequence_};
    judged->batch.backlog = received > to + 10 * kSecond;
    for (std::int64_t time = from; time < to; time += kSecond) {
      for (std::uint32_t number = 1; number <= kChannels.size(); ++number) {
        judged->batch.series.push_back(number);
        judged->batch.times_unix_ns.push_back(time);
        judged->batch.values.push_back(limit_ + margin_db);
      }
    }
    store_->append(std::move(judged));
  }
  // Verdicts of FP01 a-b, one a minute.
  std::vector<Verdict> verdicts(int minutes) {
    store_.reset();  // all that was handed over is written
    auto history = store::History::open(directory());
    EXPECT_TRUE(history) << history.error().message();
    std::vector<Verdict> found;
    const auto done =
        replay(**history, model_,
               {.assess = {.staleness_ns = 30 * kSecond,
                           .silence_ns = 30 * kSecond,
                           .started_unix_ns = kStart},
                .from_unix_ns = kStart + 60 * kSecond,
                .to_unix_ns = kStart + (minutes + 1) * 60 * kSecond},
               [&](const Assessment& now) { found.push_back(now.directions.at(0).verdict); });
    EXPECT_TRUE(done) << done.error().message();
    return found;
  }

  test::TemporaryFolder folder_;
  std::shared_ptr<const twin::Model> model_ =
      std::make_shared<const twin::Model>(twin::Model::build(test::small_plant()).value());
  double limit_ = model_->budget("FP01", plant::Direction::kAToB).fec_q_limit.value();
  std::unique_ptr<store::SqliteStore> store_;
  std::uint64_t sequence_ = 0;
};

TEST_F(ReplayTest, AnOutageIsUnknownUntilItsSamplesCome) {
  measured(kStart, kStart + 70 * kSecond, 3, kStart + 70 * kSecond);
  measured(kStart + 230 * kSecond, kStart + 310 * kSecond, 3, kStart + 310 * kSecond);
  EXPECT_THAT(verdicts(5), ElementsAre(Verdict::kWithinBudget, Verdict::kUnknown, Verdict::kUnknown,
                                       Verdict::kWithinBudget, Verdict::kWithinBudget));
}

TEST_F(ReplayTest, LateSamplesCorrectHistoryAtTheirOwnTime) {
  measured(kStart, kStart + 70 * kSecond, 3, kStart + 70 * kSecond);
  measured(kStart + 230 * kSecond, kStart + 310 * kSecond, 3, kStart + 310 * kSecond);
  // What the agent kept while nobody listened, an hour later and the newest first.
  const std::int64_t late = kStart + 3600 * kSecond;
  measured(kStart + 150 * kSecond, kStart + 230 * kSecond, 0.5, late);
  measured(kStart + 70 * kSecond, kStart + 150 * kSecond, -0.5, late + kSecond);
  EXPECT_THAT(verdicts(5),
              ElementsAre(Verdict::kWithinBudget, Verdict::kBelowBudget, Verdict::kMarginLow,
                          Verdict::kWithinBudget, Verdict::kWithinBudget));
}

TEST_F(ReplayTest, AQuartersVerdictsAreABinThatLateSamplesCorrect) {
  const std::int64_t quarter = kStart / kSecond / 900 * 900;
  const auto bins = [&] {
    store_.reset();  // all that was handed over is written
    auto history = store::History::open(directory());
    EXPECT_TRUE(history) << history.error().message();
    auto found =
        verdict_bins(**history, model_, {.assess = {.staleness_ns = 30 * kSecond}}, quarter);
    EXPECT_TRUE(found) << found.error().message();
    return *found;
  };
  const std::int64_t begin = quarter * kSecond;
  measured(begin, begin + 301 * kSecond, 3, begin + 301 * kSecond);
  const auto before = bins();
  ASSERT_EQ(before.size(), 1U) << "of the one direction that is known";
  EXPECT_EQ(before[0].place,
            (store::PlaceName{.quantity = "verdict", .fibre_pair = "FP01", .direction = "a-b"}));
  EXPECT_EQ(before[0].samples, 5U);
  EXPECT_EQ(before[0].maximum, 0);
  EXPECT_TRUE(before[0].suspect);
  SetUp();
  // The ten minutes that nobody heard, an hour later: five of them below budget.
  const std::int64_t late = begin + 3600 * kSecond;
  measured(begin + 301 * kSecond, begin + 601 * kSecond, -0.5, late);
  measured(begin + 601 * kSecond, begin + 901 * kSecond, 3, late + kSecond);
  const auto after = bins();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].samples, 15U);
  EXPECT_EQ(after[0].maximum, 2);
  EXPECT_NEAR(after[0].average, 2.0 * 5 / 15, 1e-9);
  EXPECT_EQ(after[0].last, 0);
  EXPECT_FALSE(after[0].suspect);
}

TEST_F(ReplayTest, ALongStretchIsReadInPieces) {
  for (int i = 0; i < 30; ++i) {
    const std::int64_t from = kStart + i * 60 * kSecond;
    measured(from, from + 60 * kSecond, i % 2 == 0 ? 3 : 0.5, from + 60 * kSecond);
  }
  const auto found = verdicts(29);
  ASSERT_EQ(found.size(), 29U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    // On the minute the sample of the next one has just been taken.
    EXPECT_EQ(found[i], i % 2 == 0 ? Verdict::kMarginLow : Verdict::kWithinBudget) << i;
  }
}

TEST_F(ReplayTest, MemoryDoesNotGrowWithTheSamplesThatAreRead) {
  constexpr int kBatches = 100;
  constexpr int kRows = 10'000;
  constexpr std::int64_t kApart = 500'000;  // all of them within ten minutes
  for (int i = 0; i < kBatches; ++i) {
    auto judged = std::make_shared<store::JudgedBatch>();
    judged->agent = "aktau";
    judged->received_unix_ns = kStart + 600 * kSecond;
    judged->batch.id = {1, ++sequence_};
    for (int row = 0; row < kRows; ++row) {
      judged->batch.series.push_back(1 + static_cast<std::uint32_t>(row) % kChannels.size());
      judged->batch.times_unix_ns.push_back(kStart + (i * kRows + row) * kApart);
      judged->batch.values.push_back(limit_ + 3);
    }
    store_->append(std::move(judged));
  }
  store_.reset();
  auto history = store::History::open(directory());
  ASSERT_TRUE(history) << history.error().message();
  // Nothing where a sanitizer has its own allocator.
  const auto in_use = [] {
    const auto heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd;
  };
  const std::size_t before = in_use();
  std::size_t most = before;
  const auto done = replay(**history, model_,
                           {.assess = {.staleness_ns = 30 * kSecond},
                            .from_unix_ns = kStart + 60 * kSecond,
                            .to_unix_ns = kStart + 560 * kSecond},
                           [&](const Assessment& now) {
                             most = std::max(most, in_use());
                             const bool sent = now.time_unix_ns <= kStart + 500 * kSecond;
                             EXPECT_EQ(now.directions.at(0).verdict,
                                       sent ? Verdict::kWithinBudget : Verdict::kUnknown);
                           });
  EXPECT_TRUE(done) << done.error().message();
  EXPECT_LT(most - before, std::size_t{8} << 20) << "a million samples kept";
}

}  // namespace
}  // namespace caspilink::assess
