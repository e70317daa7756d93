// Sender and reflector over loopback UDP.
#include "agent/latency/probe_source.h"

#include <algorithm>
#include <random>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <gmock/gmock.h>

#include "agent/latency/packet.h"
#include "tests/support/asio_loop.h"

namespace caspilink::latency {
namespace {

using asio::ip::udp;
using codec::Quantity;

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;

class ProbeSourceTest : public testing::Test {
 protected:
  std::unique_ptr<ProbeSource> make(Configuration configuration) {
    auto source = make_probe_source(configuration, {.io = io_, .now_unix_ns = [] { return kNow; }},
                                    std::make_shared<const SystemClock>());
    EXPECT_TRUE(source) << source.error().message();
    return source ? std::move(*source) : nullptr;
  }

  static Configuration reflector_only() {
    Configuration configuration;
    configuration.reflector = {.listen = {.host = "127.0.0.1", .port = 0}};
    configuration.report_interval_ns = 100'000'000;
    return configuration;
  }

  static Configuration session_to(std::uint16_t port) {
    Configuration configuration;
    configuration.sessions.push_back({.fibre_pair = "FP01",
                                      .peer = "aktau",
                                      .address = {.host = "127.0.0.1", .port = port},
                                      .interval_ns = 10'000'000,
                                      .timeout_ns = 100'000'000});
    configuration.report_interval_ns = 100'000'000;
    return configuration;
  }

  sources::Sink sink() {
    return [this](auto observations) {
      observed_.insert(observed_.end(), observations.begin(), observations.end());
    };
  }

  const codec::Observation* last(Quantity quantity) const {
    const auto found = std::find_if(observed_.rbegin(), observed_.rend(), [&](const auto& each) {
      return each.point.quantity == quantity;
    });
    return found == observed_.rend() ? nullptr : &*found;
  }

  asio::io_context io_;
  std::vector<codec::Observation> observed_;
};

TEST_F(ProbeSourceTest, MeasuresThePathToItsPeer) {
  const auto far = make(reflector_only());
  far->start([](auto) {});
  const auto near = make(session_to(far->reflector_address().port));
  near->start(sink());
  ASSERT_TRUE(test::run_until(
      io_, [&] { return last(Quantity::kOneWayDelayErrorBound) != nullptr && near->health().up; }));
  near->stop();
  far->stop();

  const auto* round_trip = last(Quantity::kRoundTripDelay);
  ASSERT_NE(round_trip, nullptr);
  EXPECT_EQ(round_trip->point, (codec::MeasurementPoint{.quantity = Quantity::kRoundTripDelay,
                                                        .source = "stamp",
                                                        .fibre_pair = "FP01",
                                                        .peer = "aktau"}));
  EXPECT_EQ(round_trip->time_unix_ns, kNow);
  EXPECT_GT(round_trip->value, 0);
  EXPECT_LT(round_trip->value, 0.1);
  EXPECT_LE(last(Quantity::kRoundTripDelayMinimum)->value, round_trip->value);
  EXPECT_GE(last(Quantity::kDelayVariation)->value, 0);
  EXPECT_NE(last(Quantity::kProbeLoss), nullptr);
  // One host, one clock: what one way has too much the other has too little.
  EXPECT_NEAR(
      last(Quantity::kOneWayDelayOutbound)->value + last(Quantity::kOneWayDelayInbound)->value,
      round_trip->value, 0.05);
}

TEST_F(ProbeSourceTest, APeerThatDoesNotAnswerIsLossAndNothingElse) {
  asio::error_code ignored;
  udp::socket silent(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto near = make(session_to(silent.local_endpoint().port()));
  near->start(sink());
  ASSERT_TRUE(test::run_until(io_, [&] { return observed_.size() >= 2; }));
  near->stop();
  for (const auto& each : observed_) {
    EXPECT_EQ(each.point.quantity, Quantity::kProbeLoss);
    EXPECT_EQ(each.value, 1.0);
  }
  EXPECT_FALSE(near->health().up);
}

TEST_F(ProbeSourceTest, APortNobodyListensOnIsLossToo) {
  std::uint16_t port = 0;
  {
    udp::socket gone(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0));
    port = gone.local_endpoint().port();
  }
  const auto near = make(session_to(port));
  near->start(sink());
  ASSERT_TRUE(test::run_until(io_, [&] { return !observed_.empty(); }));
  near->stop();
  EXPECT_EQ(last(Quantity::kProbeLoss)->value, 1.0);
}

TEST_F(ProbeSourceTest, TheReflectorBearsAnythingAndNeverSaysMoreThanItHeard) {
  const auto far = make(reflector_only());
  far->start([](auto) {});
  const udp::endpoint target(asio::ip::address_v4::loopback(), far->reflector_address().port);
  udp::socket socket(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0));
  socket.non_blocking(true);
  std::mt19937 random(1);
  std::vector<char> answer(65536);
  std::size_t answers = 0;
  const auto collect = [&](std::size_t asked) {
    asio::error_code error;
    udp::endpoint from;
    while (true) {
      const std::size_t size = socket.receive_from(asio::buffer(answer), from, 0, error);
      if (error) return;
      ++answers;
      EXPECT_LE(size, asked);
    }
  };
  const std::vector<std::size_t> sizes = {0, 1, 10, 13, 2049, 9000, 65000};
  for (int round = 0; round < 100; ++round) {
    std::vector<char> noise(round < 7 ? sizes[static_cast<std::size_t>(round)] : random() % 1500);
    for (char& byte : noise) byte = static_cast<char>(random());
    asio::error_code error;
    socket.send_to(asio::buffer(noise), target, 0, error);
    // One at a time, so that an answer can be held against its request.
    if (!error && noise.size() >= kSmallestRequest) {
      const std::size_t before = answers;
      EXPECT_TRUE(test::run_until(io_, [&] {
        collect(noise.size());
        return answers > before;
      })) << noise.size();
    }
  }
  // And still measures.
  const auto near = make(session_to(far->reflector_address().port));
  near->start(sink());
  EXPECT_TRUE(test::run_until(io_, [&] { return last(Quantity::kRoundTripDelay) != nullptr; }));
  near->stop();
  far->stop();
  EXPECT_GT(far->health().counters.at("reflector_malformed"), 0U);
}

TEST_F(ProbeSourceTest, AnAddressInUseIsAnErrorAtOnce) {
  const auto first = make(reflector_only());
  Configuration second = reflector_only();
  second.reflector->listen.port = first->reflector_address().port;
  const auto refused = make_probe_source(second, {.io = io_, .now_unix_ns = [] { return kNow; }},
                                         std::make_shared<const SystemClock>());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message(), testing::HasSubstr("127.0.0.1:"));
}

// A timer that is due when stop() comes has its handler queued already, beyond cancelling; it must
// not arm the timer again. Short intervals make that the usual case. Hangs where it goes wrong.
TEST_F(ProbeSourceTest, StopEndsItWhateverIsDue) {
  Configuration configuration = session_to(9);
  configuration.sessions.front().interval_ns = 50'000;
  configuration.sessions.resize(16, configuration.sessions.front());
  configuration.report_interval_ns = 50'000;
  for (int round = 0; round < 50; ++round) {
    const auto source = make(configuration);
    source->start(sink());
    ASSERT_TRUE(
        test::run_until(io_, [&] { return source->health().counters["packets_sent"] > 0; }));
    source->stop();
  }
}

TEST_F(ProbeSourceTest, NothingIsObservedAfterStop) {
  const auto far = make(reflector_only());
  far->start([](auto) {});
  const auto near = make(session_to(far->reflector_address().port));
  near->start(sink());
  ASSERT_TRUE(test::run_until(io_, [&] { return !observed_.empty(); }));
  near->stop();
  far->stop();
  const std::size_t seen = observed_.size();
  EXPECT_TRUE(test::run_dry(io_));
  EXPECT_EQ(observed_.size(), seen);
}

}  // namespace
}  // namespace caspilink::latency
