#include "proto/endpoint/event_channel.h"

#include <thread>

#include <gtest/gtest.h>

namespace caspilink::endpoint {
namespace {

constexpr std::chrono::milliseconds kNone{0};
constexpr std::chrono::minutes kLong{1};

TEST(EventChannelTest, AnEventIsInTheFormOfServerSentEvents) {
  EXPECT_EQ(event_text("state", "{}"), "event: state\ndata: {}\n\n");
}

TEST(EventChannelTest, WhoJoinsLateGetsTheStateAndNoOlderBeat) {
  EventChannel channel(2);
  channel.state("one");
  channel.beat("still one");
  EventChannel::Seen seen;
  EXPECT_EQ(*channel.wait(seen, kNone), "one");
  EXPECT_EQ(channel.wait(seen, kNone), nullptr);
  channel.beat("still");
  EXPECT_EQ(*channel.wait(seen, kNone), "still");
  EXPECT_EQ(channel.wait(seen, kNone), nullptr);
}

TEST(EventChannelTest, WhoIsSlowGetsTheNewestStateAlone) {
  EventChannel channel(2);
  EventChannel::Seen seen;
  for (int i = 0; i < 1000; ++i) channel.state(std::to_string(i));
  EXPECT_EQ(*channel.wait(seen, kNone), "999");
  EXPECT_EQ(channel.wait(seen, kNone), nullptr);
}

TEST(EventChannelTest, PlacesAreBoundedAndComeBack) {
  EventChannel channel(2);
  EXPECT_TRUE(channel.join());
  EXPECT_TRUE(channel.join());
  EXPECT_FALSE(channel.join());
  channel.leave();
  EXPECT_EQ(channel.listeners(), 1U);
  EXPECT_TRUE(channel.join());
}

TEST(EventChannelTest, AnEndWakesWhoWaitsAndLetsNobodyIn) {
  EventChannel channel(2);
  std::thread waiting([&] {
    EventChannel::Seen seen;
    EXPECT_EQ(channel.wait(seen, kLong), nullptr);
  });
  channel.end();
  waiting.join();
  EXPECT_TRUE(channel.ended());
  EXPECT_FALSE(channel.join());
}

}  // namespace
}  // namespace caspilink::endpoint
