#include "agent/simulator/path_relay.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <gtest/gtest.h>

#include "tests/agent/simulator/test_view.h"

namespace caspilink::simulator {
namespace {

using namespace std::chrono_literals;
using asio::ip::udp;
using testing::view_of;
using Clock = std::chrono::steady_clock;

constexpr auto kThere = 3ms;
constexpr auto kBack = 7ms;

struct Arrival {
  std::string text;
  udp::endpoint from;
  Clock::time_point at;
};

// A loopback socket whose waits end.
class Peer {
 public:
  Peer() : socket_(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }
  void send(const std::string& text, const udp::endpoint& to) {
    socket_.send_to(asio::buffer(text), to);
  }
  std::optional<Arrival> receive(Clock::duration patience = 20s) {
    Arrival arrival;
    std::array<char, 4096> bytes{};
    bool got = false;
    socket_.async_receive_from(asio::buffer(bytes), arrival.from,
                               [&](const asio::error_code& error, std::size_t size) {
                                 if (error) return;
                                 arrival.at = Clock::now();
                                 arrival.text.assign(bytes.data(), size);
                                 got = true;
                               });
    io_.restart();
    io_.run_for(patience);
    if (!got) {
      socket_.cancel();
      io_.restart();
      io_.run();
    }
    return got ? std::optional(arrival) : std::nullopt;
  }

 private:
  asio::io_context io_;
  udp::socket socket_;
};

class PathRelayTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(PathRelay::Options options) {
    relay_.reset();
    options.target_port = reflector_.port();
    auto started = PathRelay::start(options, view());
    ASSERT_TRUE(started) << started.error().message();
    relay_ = std::move(*started);
  }
  static std::shared_ptr<const LineView> view(bool dark = false, bool dark_back = false) {
    auto made = view_of(1);
    for (auto& pair : made.pairs) {
      pair.directions[0].delay = Seconds(std::chrono::duration<double>(kThere).count());
      pair.directions[1].delay = Seconds(std::chrono::duration<double>(kBack).count());
    }
    made.pairs[0].directions[0].dark = dark;
    made.pairs[0].directions[1].dark = dark_back;
    return std::make_shared<const LineView>(made);
  }
  [[nodiscard]] udp::endpoint path(std::size_t pair = 0) const {
    return {asio::ip::address_v4::loopback(), relay_->ports().at(pair)};
  }
  // Waits for the relay to have counted so many of something.
  bool counted(std::uint64_t RelayCounts::*what, std::uint64_t wanted) {
    const auto deadline = Clock::now() + 20s;
    while (relay_->counts().*what < wanted && Clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    return relay_->counts().*what >= wanted;
  }

  Peer reflector_;
  Peer sender_;
  std::unique_ptr<PathRelay> relay_;
};

TEST_F(PathRelayTest, HoldsProbesAndRepliesForTheirDirectionsLatency) {
  const auto sent = Clock::now();
  sender_.send("probe", path());
  const auto arrived = reflector_.receive();
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->text, "probe");
  EXPECT_GE(arrived->at - sent, kThere);
  EXPECT_LT(arrived->at - sent, kThere + 50ms);
  const auto replied = Clock::now();
  reflector_.send("reply", arrived->from);
  const auto answer = sender_.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "reply");
  EXPECT_EQ(answer->from, path());
  EXPECT_GE(answer->at - replied, kBack);
  EXPECT_LT(answer->at - replied, kBack + 50ms);
}

TEST_F(PathRelayTest, RepliesFindTheirOwnSenders) {
  Peer other;
  sender_.send("one", path());
  const auto one = reflector_.receive();
  other.send("two", path());
  const auto two = reflector_.receive();
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->from, two->from);
  reflector_.send("2!!", two->from);
  reflector_.send("1!!", one->from);
  EXPECT_EQ(sender_.receive()->text, "1!!");
  EXPECT_EQ(other.receive()->text, "2!!");
}

TEST_F(PathRelayTest, FibrePairsHavePathsOfTheirOwn) {
  relay_->set_view(view(true, true));
  sender_.send("dark", path(0));
  ASSERT_TRUE(counted(&RelayCounts::dropped_dark, 1));
  sender_.send("lit", path(1));
  EXPECT_EQ(reflector_.receive()->text, "lit");
}

TEST_F(PathRelayTest, DarkReturnDropsReplies) {
  relay_->set_view(view(false, true));
  sender_.send("probe", path());
  const auto arrived = reflector_.receive();
  ASSERT_TRUE(arrived);
  reflector_.send("reply", arrived->from);
  EXPECT_TRUE(counted(&RelayCounts::dropped_dark, 1));
}

TEST_F(PathRelayTest, RestorationLetsProbesPassAgain) {
  relay_->set_view(view(true, true));
  sender_.send("lost", path());
  ASSERT_TRUE(counted(&RelayCounts::dropped_dark, 1));
  relay_->set_view(view());
  sender_.send("again", path());
  EXPECT_EQ(reflector_.receive()->text, "again");
}

TEST_F(PathRelayTest, NeverSendsBackMoreThanItTookIn) {
  sender_.send("four", path());
  const auto arrived = reflector_.receive();
  ASSERT_TRUE(arrived);
  reflector_.send("five!", arrived->from);
  EXPECT_TRUE(counted(&RelayCounts::dropped_full, 1));
  reflector_.send("fits", arrived->from);
  EXPECT_EQ(sender_.receive()->text, "fits");
  reflector_.send("more", arrived->from);
  EXPECT_TRUE(counted(&RelayCounts::dropped_full, 2));
}

TEST_F(PathRelayTest, OversizeDatagramsAreDroppedAndTheRestGoOn) {
  sender_.send(std::string(PathRelay::kLargestDatagram + 1, 'x'), path());
  EXPECT_TRUE(counted(&RelayCounts::dropped_oversize, 1));
  const std::string largest(PathRelay::kLargestDatagram, 'y');
  sender_.send(largest, path());
  EXPECT_EQ(reflector_.receive()->text, largest);
  sender_.send("", path());
  EXPECT_EQ(reflector_.receive()->text, "");
}

TEST_F(PathRelayTest, InFlightAndSendersAreBounded) {
  PathRelay::Options options;
  options.most_in_flight = 4;
  options.most_senders = 2;
  start(options);
  // All within the 3 ms hold, as far as this thread gets to run.
  for (int i = 0; i < 200; ++i) sender_.send("flood", path());
  EXPECT_TRUE(counted(&RelayCounts::dropped_full, 1));
  // A third sender is refused while the first two are fresh.
  Peer second;
  Peer third;
  second.send("second", path());
  ASSERT_TRUE(counted(&RelayCounts::forwarded, 2));
  const auto refused = relay_->counts().dropped_full;
  third.send("third", path());
  EXPECT_TRUE(counted(&RelayCounts::dropped_full, refused + 1));
}

TEST_F(PathRelayTest, AbsentReflectorStopsNothing) {
  {
    Peer gone;
    PathRelay::Options options;
    options.target_port = gone.port();
    auto started = PathRelay::start(options, view());
    ASSERT_TRUE(started);
    relay_ = std::move(*started);
  }
  for (int i = 0; i < 3; ++i) {
    sender_.send("into the void", path());
    ASSERT_FALSE(sender_.receive(20ms));
  }
  // Refusals of ICMP count as sent or lost; the relay still serves.
  relay_->set_view(view(true, true));
  sender_.send("still there", path());
  EXPECT_TRUE(counted(&RelayCounts::dropped_dark, 1));
}

TEST_F(PathRelayTest, TakenPortIsUnavailableAndBadAddressesInvalid) {
  PathRelay::Options options;
  options.target_port = 9;
  options.base_port = relay_->ports()[1];
  auto second = PathRelay::start(options, view());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  options.base_port = 65535;
  EXPECT_EQ(PathRelay::start(options, view()).error().code, ErrorCode::kInvalidInput);
  options.base_port = 0;
  options.host = "not an address";
  EXPECT_EQ(PathRelay::start(options, view()).error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace caspilink::simulator
