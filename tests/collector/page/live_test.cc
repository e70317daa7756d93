#include "collector/page/live.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/collector/small_plant.h"

namespace caspilink::page {
namespace {

using testing::StartsWith;

constexpr std::chrono::milliseconds kNone{0};

class LiveTest : public testing::Test {
 protected:
  LiveTest() : plant_(test::small_plant(1)), live_(board_, twin::Design::of(*plant_).value()) {}

  void publish(std::int64_t time, bool store_failing = false) {
    auto snapshot = std::make_shared<exposition::Snapshot>();
    snapshot->model = model_;
    snapshot->time_unix_ns = time;
    snapshot->store.failing = store_failing;
    board_->publish(std::move(snapshot));
    live_.refresh();
  }
  // What a listener gets now; empty for nothing.
  std::string event() {
    const auto text = live_.stream().channel->wait(seen_, kNone);
    return text ? *text : "";
  }

  std::shared_ptr<const plant::Plant> plant_;
  std::shared_ptr<const assess::Model> model_ =
      std::make_shared<const assess::Model>(assess::Model::build(plant_).value());
  std::shared_ptr<exposition::SnapshotBoard> board_ = std::make_shared<exposition::SnapshotBoard>();
  Live live_;
  endpoint::EventChannel::Seen seen_;
};

TEST_F(LiveTest, BeforeTheFirstSnapshotThereIsNothing) {
  live_.refresh();
  EXPECT_EQ(event(), "");
  EXPECT_EQ(live_.state().error().code, ErrorCode::kUnavailable);
}

TEST_F(LiveTest, AChangeIsAStateAndNoChangeIsABeat) {
  publish(test::kStart);
  EXPECT_THAT(event(), StartsWith("event: state\ndata: {\"time\":1800000000000,\"view\":{"));
  publish(test::kStart + test::kSecond);
  EXPECT_EQ(event(), "event: beat\ndata: {\"time\":1800000001000}\n\n");
  publish(test::kStart + 2 * test::kSecond, true);
  EXPECT_THAT(event(), StartsWith("event: state\n"));
  const auto state = nlohmann::json::parse(live_.state().value());
  EXPECT_EQ(state["time"], 1'800'000'002'000);
  EXPECT_EQ(state["view"]["store_failing"], true);
}

TEST_F(LiveTest, ASnapshotThatStaysIsNoNews) {
  publish(test::kStart);
  event();
  live_.refresh();
  EXPECT_EQ(event(), "");
}

TEST_F(LiveTest, PagesForbidCachesAndStrangers) {
  const auto pages = live_.pages();
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0].path, "/");
  EXPECT_THAT(pages[0].headers, testing::Contains(testing::Key("Content-Security-Policy")));
  EXPECT_THAT(pages[0].body().value(), StartsWith("<!doctype html>"));
  EXPECT_EQ(pages[1].path, "/state.json");
  EXPECT_THAT(pages[1].headers, testing::Contains(testing::Pair("Cache-Control", "no-store")));
}

}  // namespace
}  // namespace caspilink::page
