#include "agent/sources/replay/replay_source.h"

#include <asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"

namespace caspilink::replay {
namespace {

using codec::Observation;
using testing::HasSubstr;

constexpr std::int64_t kRecorded = 1'700'000'000'000'000'000;
constexpr std::int64_t kNow = 1'800'000'000'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

class ReplaySourceTest : public testing::Test {
 protected:
  // A sample a second.
  std::string write(int samples, const std::string& after = "") {
    std::string text = "time_unix_ns,quantity,fibre_pair,channel,value,station\n";
    for (int sample = 0; sample < samples; ++sample) {
      text += fmt::format("{},osnr,FP01,3,{},{}\n", kRecorded + sample * kSecond, sample,
                          sample % 2 == 0 ? "sumgait" : "aktau");
    }
    return test::write_file(folder_.path(), "recording.csv", text + after);
  }
  void start(Configuration configuration) {
    auto made = make_replay_source(
        configuration,
        {.io = io_, .now_unix_ns = [this] { return now_; }, .room = [this] { return room_; }});
    ASSERT_TRUE(made) << made.error().message();
    source_ = std::move(*made);
    source_->start([this](auto observations) {
      most_at_once_ = std::max(most_at_once_, observations.size());
      seen_.insert(seen_.end(), observations.begin(), observations.end());
    });
  }
  bool run_until(const std::function<bool()>& condition) { return test::run_until(io_, condition); }
  bool is(const char* state) { return source_->health().parts.contains(state); }
  // Whatever is due now has been observed when the source waits for its clock.
  void run_a_while() {
    for (int turn = 0; turn < 50; ++turn) {
      io_.restart();
      io_.poll();
    }
  }

  test::TemporaryFolder folder_;
  asio::io_context io_;
  std::int64_t now_ = kNow;
  std::size_t room_ = 1000;
  std::unique_ptr<sources::Source> source_;
  std::vector<Observation> seen_;
  std::size_t most_at_once_ = 0;
};

TEST_F(ReplaySourceTest, BringsHistoryInAsItWasRecorded) {
  start({.name = "history", .file = write(3000), .speed = std::nullopt});
  ASSERT_TRUE(run_until([&] { return is("finished"); }));
  ASSERT_EQ(seen_.size(), 3000U);
  for (int sample = 0; sample < 3000; ++sample) {
    const Observation& each = seen_[static_cast<std::size_t>(sample)];
    ASSERT_EQ(each.time_unix_ns, kRecorded + sample * kSecond);
    ASSERT_EQ(each.value, sample);
  }
  EXPECT_EQ(seen_[0].point.source, "history") << "of samples that name none";
  EXPECT_LE(most_at_once_, 500U) << "others have their turn";
  const auto health = source_->health();
  EXPECT_TRUE(health.up);
  EXPECT_EQ(health.observations, 3000U);
  EXPECT_EQ(health.last_update_unix_ns, kNow);
  EXPECT_TRUE(test::run_dry(io_)) << "nothing is left to do";
}

TEST_F(ReplaySourceTest, GoesNoFasterThanThereIsRoom) {
  room_ = 0;
  start({.name = "history", .file = write(1000), .speed = std::nullopt});
  ASSERT_TRUE(run_until([&] { return source_->health().counters["waits_for_room"] >= 3; }));
  EXPECT_TRUE(seen_.empty());
  room_ = 7;
  ASSERT_TRUE(run_until([&] { return is("finished"); }));
  EXPECT_EQ(most_at_once_, 7U);
  EXPECT_EQ(seen_.size(), 1000U);
}

TEST_F(ReplaySourceTest, KeepsTheRecordedPace) {
  start({.name = "storm", .file = write(100), .speed = 10});
  ASSERT_TRUE(run_until([&] { return !seen_.empty(); }));
  run_a_while();
  EXPECT_EQ(seen_.size(), 1U) << "the next is due in a tenth of a second";
  now_ += kSecond;
  ASSERT_TRUE(run_until([&] { return seen_.size() >= 11; }));
  run_a_while();
  EXPECT_EQ(seen_.size(), 11U);
  EXPECT_EQ(seen_[10].time_unix_ns, kRecorded + 10 * kSecond) << "times are kept unless told";
  source_->stop();
  EXPECT_TRUE(test::run_dry(io_));
}

TEST_F(ReplaySourceTest, ShiftsTimesToNowAndBeginsAgain) {
  start({.name = "storm", .file = write(3), .speed = 2, .shift = true, .loop = true});
  ASSERT_TRUE(run_until([&] { return seen_.size() == 1; }));
  now_ += kSecond;
  ASSERT_TRUE(run_until([&] { return seen_.size() == 3; }));
  EXPECT_EQ(seen_[0].time_unix_ns, kNow);
  EXPECT_EQ(seen_[1].time_unix_ns, kNow + kSecond / 2);
  EXPECT_EQ(seen_[2].time_unix_ns, kNow + kSecond);
  now_ += 10 * kSecond;
  ASSERT_TRUE(run_until([&] { return seen_.size() == 4; })) << "a second round";
  EXPECT_EQ(seen_[3].time_unix_ns, now_);
  EXPECT_EQ(seen_[3].value, 0);
  source_->stop();
  EXPECT_TRUE(test::run_dry(io_));
}

TEST_F(ReplaySourceTest, TakesTheSamplesOfItsStation) {
  start({.name = "history", .file = write(10), .station = "aktau", .speed = std::nullopt});
  ASSERT_TRUE(run_until([&] { return is("finished"); }));
  ASSERT_EQ(seen_.size(), 5U);
  EXPECT_EQ(seen_[0].value, 1);
  EXPECT_EQ(source_->health().counters["samples_of_other_stations"], 5U);
}

TEST_F(ReplaySourceTest, AFileThatIsWrongAtItsEndBringsInNothing) {
  const std::string file = write(2000, "soon,osnr,FP01,3,1,\n");
  start({.name = "history", .file = file, .speed = std::nullopt});
  ASSERT_TRUE(run_until([&] { return is("failed"); }));
  EXPECT_TRUE(seen_.empty());
  const auto health = source_->health();
  EXPECT_FALSE(health.up);
  EXPECT_EQ(health.errors.at("malformed"), 1U);
  EXPECT_THAT(health.detail, HasSubstr(file + ":2002:1: expected nanoseconds since 1970"));
  EXPECT_TRUE(test::run_dry(io_));
}

TEST_F(ReplaySourceTest, AFileThatCannotBeOneIsRefusedAtTheStart) {
  const auto refused = [&](const std::string& file) {
    return !make_replay_source({.name = "a", .file = file},
                               {.io = io_, .now_unix_ns = [] { return kNow; }});
  };
  EXPECT_TRUE(refused((folder_.path() / "none").string()));
  EXPECT_TRUE(refused(test::write_file(folder_.path(), "other.csv", "a,b\n")));
}

TEST_F(ReplaySourceTest, NothingIsObservedAfterStop) {
  start({.name = "history", .file = write(10), .speed = std::nullopt});
  source_->stop();
  EXPECT_TRUE(test::run_dry(io_));
  EXPECT_TRUE(seen_.empty());
}

}  // namespace
}  // namespace caspilink::replay
