// The gNMI client against a target on a loopback socket.
#include "agent/sources/gnmi/client.h"

#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include "tests/support/asio_loop.h"
#include "tests/support/gnmi_target.h"

namespace caspilink::gnmi {
namespace {

using test::GnmiTarget;

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
const std::string kLeaf =
    "/components/component[name=och-FP01-3]/optical-channel/state/input-power";

class ClientTest : public testing::Test {
 protected:
  ~ClientTest() override {
    if (!client_) return;
    client_->stop();
    EXPECT_TRUE(test::run_dry(io_));
  }

  void start(int port, std::int64_t interval_ms = 5000,
             EncodingChoice encoding = EncodingChoice::kAuto) {
    TargetConfiguration configuration{
        .name = "slte-1",
        .address = {.host = "127.0.0.1", .port = static_cast<std::uint16_t>(port)},
        .sample_interval_ns = interval_ms * 1'000'000,
        .encoding = encoding};
    configuration.components.push_back(
        {sources::NamePattern::parse("och-{fibre_pair}-{channel}").value(), {}});
    client_ = make_client(configuration, {.io = io_, .now_unix_ns = [] { return kNow; }}).value();
    client_->start([this](auto observations) {
      observed_.insert(observed_.end(), observations.begin(), observations.end());
    });
  }

  ::gnmi::SubscribeRequest subscribed(GnmiTarget& target) {
    std::optional<::gnmi::SubscribeRequest> request;
    EXPECT_TRUE(run_until([&] { return (request = target.next_subscriber()).has_value(); }));
    return request.value_or(::gnmi::SubscribeRequest());
  }

  void send_value(GnmiTarget& target, double value) {
    auto notification = GnmiTarget::notification(kNow);
    GnmiTarget::add(notification, kLeaf).set_double_val(value);
    target.send(notification);
  }

  bool run_until(const std::function<bool()>& condition) { return test::run_until(io_, condition); }

  asio::io_context io_;
  std::vector<codec::Observation> observed_;
  std::unique_ptr<sources::Source> client_;
};

TEST_F(ClientTest, SubscribesToItsPathsAndObservesWhatComes) {
  GnmiTarget target;
  start(target.port());
  const auto request = subscribed(target).subscribe();
  EXPECT_EQ(request.mode(), ::gnmi::SubscriptionList::STREAM);
  EXPECT_EQ(request.encoding(), ::gnmi::PROTO);
  int sampled = 0;
  int on_change = 0;
  for (const auto& subscription : request.subscription()) {
    if (subscription.mode() == ::gnmi::SAMPLE) {
      ++sampled;
      EXPECT_EQ(subscription.sample_interval(), 5'000'000'000U);
    } else if (subscription.mode() == ::gnmi::ON_CHANGE) {
      ++on_change;
    }
  }
  EXPECT_EQ(sampled, 14) << "the channel's quantities";
  EXPECT_EQ(on_change, 1);
  EXPECT_FALSE(client_->health().up);

  send_value(target, -8.5);
  target.send_sync();
  send_value(target, -8.6);
  ASSERT_TRUE(run_until([&] { return observed_.size() == 2; }));
  EXPECT_EQ(observed_[1].value, -8.6);
  EXPECT_EQ(observed_[1].point.source, "slte-1");
  const auto health = client_->health();
  EXPECT_TRUE(health.up);
  EXPECT_EQ(health.last_update_unix_ns, kNow);
  EXPECT_EQ(health.observations, 2U);
}

TEST_F(ClientTest, AManyMessageBurstArrivesWholeAndInOrder) {
  GnmiTarget target;
  start(target.port());
  (void)subscribed(target);
  constexpr int kMany = 2000;
  for (int index = 0; index < kMany; ++index) send_value(target, index / 100.0);
  ASSERT_TRUE(run_until([&] { return observed_.size() == kMany; }));
  for (std::size_t index = 0; index < kMany; ++index) {
    ASSERT_EQ(observed_[index].value, static_cast<double>(index) / 100.0);
  }
}

TEST_F(ClientTest, TakesTheEncodingTheTargetOffers) {
  GnmiTarget target({.encodings = {::gnmi::JSON, ::gnmi::JSON_IETF}});
  start(target.port());
  EXPECT_EQ(subscribed(target).subscribe().encoding(), ::gnmi::JSON_IETF);
}

TEST_F(ClientTest, TakesTheConfiguredEncodingWhateverIsOffered) {
  GnmiTarget target;
  start(target.port(), 5000, EncodingChoice::kJson);
  EXPECT_EQ(subscribed(target).subscribe().encoding(), ::gnmi::JSON);
}

TEST_F(ClientTest, ATargetWithoutCapabilitiesIsSubscribedToAllTheSame) {
  GnmiTarget target({.has_capabilities = false});
  start(target.port());
  EXPECT_EQ(subscribed(target).subscribe().encoding(), ::gnmi::JSON_IETF);
}

TEST_F(ClientTest, ATargetThatRefusesOnChangeIsAskedForSamplesAlone) {
  GnmiTarget target({.takes_on_change = false});
  start(target.port());
  (void)subscribed(target);
  const auto second = subscribed(target).subscribe();
  for (const auto& subscription : second.subscription()) {
    EXPECT_EQ(subscription.mode(), ::gnmi::SAMPLE);
  }
  send_value(target, 1);
  EXPECT_TRUE(run_until([&] { return client_->health().up; }));
}

TEST_F(ClientTest, AStreamThatEndsIsOpenedAgain) {
  GnmiTarget target;
  start(target.port());
  (void)subscribed(target);
  send_value(target, 1);
  ASSERT_TRUE(run_until([&] { return observed_.size() == 1; }));
  target.end(grpc::Status(grpc::StatusCode::INTERNAL, "rebooting"));
  ASSERT_TRUE(run_until([&] { return !client_->health().up; }));
  EXPECT_EQ(client_->health().errors.at("stream_ended"), 1U);
  EXPECT_THAT(client_->health().detail, testing::HasSubstr("rebooting"));
  (void)subscribed(target);
  send_value(target, 2);
  ASSERT_TRUE(run_until([&] { return observed_.size() == 2; }));
  EXPECT_TRUE(client_->health().up);
}

TEST_F(ClientTest, AStreamThatFallsSilentIsDroppedWithinThreeIntervals) {
  GnmiTarget target;
  start(target.port(), 200);
  (void)subscribed(target);
  send_value(target, 1);
  ASSERT_TRUE(run_until([&] { return client_->health().up; }));
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until([&] { return !client_->health().up; }));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(300));
  EXPECT_EQ(client_->health().errors.at("silent"), 1U);
  (void)subscribed(target);
}

TEST_F(ClientTest, ATargetThatIsNotThereYetIsFoundWhenItComes) {
  int port = 0;
  { port = GnmiTarget().port(); }
  start(port);
  ASSERT_TRUE(run_until([&] { return client_->health().errors.at("connect") > 0; }));
  EXPECT_FALSE(client_->health().up);
  GnmiTarget target({.port = port});
  (void)subscribed(target);
  send_value(target, 1);
  EXPECT_TRUE(run_until([&] { return client_->health().up; }));
}

TEST_F(ClientTest, NothingIsObservedAfterStop) {
  GnmiTarget target;
  start(target.port());
  (void)subscribed(target);
  for (int index = 0; index < 100; ++index) send_value(target, index);
  ASSERT_TRUE(run_until([&] { return !observed_.empty(); }));
  client_->stop();
  const std::size_t seen = observed_.size();
  EXPECT_TRUE(test::run_dry(io_));
  EXPECT_EQ(observed_.size(), seen);
  client_.reset();
}

}  // namespace
}  // namespace caspilink::gnmi
