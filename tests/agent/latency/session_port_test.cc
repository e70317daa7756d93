// A session over loopback UDP whose answers wait for its next probe.
#include "agent/latency/session_port.h"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include "agent/latency/reflector_port.h"
#include "tests/support/asio_loop.h"

namespace caspilink::latency {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Instant = std::chrono::steady_clock::time_point;

TEST(SessionPortTest, SessionsOfOneIntervalAndPhaseShareTheirInstants) {
  const auto at = [](std::int64_t ms) { return Instant(milliseconds(ms)); };
  EXPECT_EQ(next_on_grid(at(1001), milliseconds(200)), at(1200));
  EXPECT_EQ(next_on_grid(at(1199), milliseconds(200)), at(1200));
  EXPECT_EQ(next_on_grid(at(1200), milliseconds(200)), at(1400));
  EXPECT_EQ(next_on_grid(at(1001), milliseconds(200), milliseconds(50)), at(1050));
  EXPECT_EQ(next_on_grid(at(1051), milliseconds(200), milliseconds(50)), at(1250));
}

// Nothing of a socket that rests is lost: not what came before, meanwhile or after.
TEST(SessionPortTest, ARestingSocketKeepsWhatComesWithItsStamp) {
  asio::io_context io(1);
  const SystemClock clock;
  DatagramSocket near(io);
  DatagramSocket far(io);
  ASSERT_TRUE(far.bind({asio::ip::address_v4::loopback(), 0}, true));
  ASSERT_TRUE(near.connect({asio::ip::address_v4::loopback(), far.port()}, true));
  if (!near.stamped_by_kernel()) GTEST_SKIP() << "the kernel does not stamp here";
  std::array<std::byte, 64> buffer{};
  const auto from = near.handle().local_endpoint();
  const auto say = [&](std::byte what) { ASSERT_TRUE(far.send(std::span(&what, 1), 0, &from)); };
  const auto hear = [&] {
    const auto datagram = near.receive(buffer);
    return datagram && datagram->bytes.size() == 1 ? std::optional(datagram->bytes.front())
                                                   : std::nullopt;
  };
  int woken = 0;
  const auto wait = [&] {
    near.handle().async_wait(asio::ip::udp::socket::wait_read, [&](const asio::error_code& error) {
      if (!error) ++woken;
    });
  };
  wait();
  near.rest();
  EXPECT_TRUE(near.is_open());
  say(std::byte{1});
  say(std::byte{2});
  io.poll();
  EXPECT_EQ(woken, 0);
  EXPECT_EQ(hear(), std::byte{1});

  near.watch();
  wait();
  ASSERT_TRUE(test::run_until(io, [&] { return woken == 1; }));
  EXPECT_EQ(hear(), std::byte{2});
  EXPECT_EQ(hear(), std::nullopt);
  near.rest();
  near.close();
  EXPECT_FALSE(near.is_open());
}

TEST(SessionPortTest, AnswersThatWaitedAreAllMeasured) {
  asio::io_context io(1);
  const SystemClock clock;
  ReflectorPort reflector(io, clock, {});
  ASSERT_TRUE(reflector.open({.host = "127.0.0.1", .port = 0}, true));
  SessionPort session(io, clock, {.host = "127.0.0.1", .port = reflector.port()},
                      {.id = 1, .interval_ns = 10'000'000, .tlvs = {.follow_up = true}}, true);
  reflector.start();
  session.start(nanoseconds(0));
  ASSERT_TRUE(test::run_until(io, [&] { return session.session().counts().answered >= 20; }));
  if (!session.stamped_by_kernel()) GTEST_SKIP() << "the kernel does not stamp here";
  EXPECT_TRUE(session.answers_wait());
  EXPECT_EQ(session.session().counts().lost, 0U);
  EXPECT_GT(session.session().counts().stamped_by_kernel, 10U);
  session.stop();
  reflector.stop();
  io.poll();
}

}  // namespace
}  // namespace caspilink::latency
