// The gNMI client against a target on a loopback socket.
#include "agent/sources/gnmi/client.h"

#include <chrono>
#include <thread>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include "proto/endpoint/credentials.h"
#include "tests/agent/sources/gnmi/one_channel.h"
#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"

namespace caspilink::gnmi {
namespace {

using test::GnmiTarget;

class ClientTest : public testing::Test {
 protected:
  ~ClientTest() override {
    if (!client_) return;
    client_->stop();
    EXPECT_TRUE(test::run_dry(io_));
  }

  void start(int port, std::int64_t interval_ms = 5000,
             EncodingChoice encoding = EncodingChoice::kAuto) {
    TargetConfiguration configuration = target_on(port);
    configuration.sample_interval_ns = interval_ms * 1'000'000;
    configuration.encoding = encoding;
    start(configuration);
  }
  void start(const TargetConfiguration& configuration) {
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
  EXPECT_EQ(sampled, 15) << "the channel's gauges";
  EXPECT_EQ(on_change, 2) << "a failed transmitter, and the components' states";
  EXPECT_FALSE(client_->health().up);

  say(target, -8.5);
  target.send_sync();
  say(target, -8.6);
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
  for (int index = 0; index < kMany; ++index) say(target, index / 100.0);
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
  say(target, 1);
  EXPECT_TRUE(run_until([&] { return client_->health().up; }));
}

TEST_F(ClientTest, AStreamThatEndsIsOpenedAgain) {
  GnmiTarget target;
  start(target.port());
  (void)subscribed(target);
  say(target, 1);
  ASSERT_TRUE(run_until([&] { return observed_.size() == 1; }));
  target.end(grpc::Status(grpc::StatusCode::INTERNAL, "rebooting"));
  ASSERT_TRUE(run_until([&] { return !client_->health().up; }));
  EXPECT_EQ(client_->health().errors.at("stream_ended"), 1U);
  EXPECT_THAT(client_->health().detail, testing::HasSubstr("rebooting"));
  (void)subscribed(target);
  say(target, 2);
  ASSERT_TRUE(run_until([&] { return observed_.size() == 2; }));
  EXPECT_TRUE(client_->health().up);
}

TEST_F(ClientTest, AStreamThatFallsSilentIsDroppedWithinThreeIntervals) {
  GnmiTarget target;
  start(target.port(), 200);
  (void)subscribed(target);
  say(target, 1);
  ASSERT_TRUE(run_until([&] { return client_->health().up; }));
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until([&] { return !client_->health().up; }));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(300));
  EXPECT_EQ(client_->health().errors.at("silent"), 1U);
  (void)subscribed(target);
}

// A disk that holds the agent up, as here the test does.
TEST_F(ClientTest, OurOwnStandstillIsNotTheTargetsSilence) {
  GnmiTarget target;
  start(target.port(), 600);
  (void)subscribed(target);
  say(target, 1);
  ASSERT_TRUE(run_until([&] { return client_->health().up; }));
  say(target, 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(1600));  // past the target's 1500
  io_.restart();
  io_.poll();
  EXPECT_EQ(client_->health().errors.at("silent"), 0U);
  EXPECT_EQ(observed_.size(), 2U);
}

TEST_F(ClientTest, ATargetThatIsNotThereYetIsFoundWhenItComes) {
  int port = 0;
  { port = GnmiTarget().port(); }
  start(port);
  ASSERT_TRUE(run_until([&] { return client_->health().errors.at("connect") > 0; }));
  EXPECT_FALSE(client_->health().up);
  GnmiTarget target({.port = port});
  (void)subscribed(target);
  say(target, 1);
  EXPECT_TRUE(run_until([&] { return client_->health().up; }));
}

TEST_F(ClientTest, AStreamOfChangesNeedsNoDataBeforeItsHeartbeat) {
  GnmiTarget target;
  TargetConfiguration configuration = target_on(target.port());
  configuration.sample_interval_ns = 10'000'000;
  configuration.stream = Stream::kOnChange;
  configuration.heartbeat_interval_ns = 400'000'000;
  start(configuration);
  const auto request = subscribed(target).subscribe();
  for (const auto& subscription : request.subscription()) {
    EXPECT_EQ(subscription.mode(), ::gnmi::ON_CHANGE);
    EXPECT_EQ(subscription.heartbeat_interval(), 400'000'000U);
  }
  say(target, 1);
  ASSERT_TRUE(run_until([&] { return client_->health().up; }));
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until([&] { return !client_->health().up; }));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(800));
  EXPECT_EQ(client_->health().errors.at("silent"), 1U);
}

TEST_F(ClientTest, OnceAsksAgainAndStaysUpInBetween) {
  GnmiTarget target;
  TargetConfiguration configuration = target_on(target.port());
  configuration.sample_interval_ns = 50'000'000;
  configuration.mode = Mode::kOnce;
  start(configuration);
  for (int round = 1; round <= 3; ++round) {
    EXPECT_EQ(subscribed(target).subscribe().mode(), ::gnmi::SubscriptionList::ONCE);
    say(target, round);
    target.send_sync();
    ASSERT_TRUE(run_until([&] { return observed_.size() == static_cast<std::size_t>(round); }));
    target.end(grpc::Status::OK);
    EXPECT_TRUE(client_->health().up);
  }
  EXPECT_EQ(client_->health().errors.at("stream_ended"), 0U);
  // An end before everything was said is no good end.
  (void)subscribed(target);
  say(target, 9);
  target.end(grpc::Status::OK);
  EXPECT_TRUE(run_until([&] { return client_->health().errors.at("stream_ended") == 1; }));
}

TEST_F(ClientTest, PollAsksOverOneStream) {
  GnmiTarget target;
  TargetConfiguration configuration = target_on(target.port());
  configuration.sample_interval_ns = 300'000'000;
  configuration.mode = Mode::kPoll;
  start(configuration);
  EXPECT_EQ(subscribed(target).subscribe().mode(), ::gnmi::SubscriptionList::POLL);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(run_until([&] { return target.polls() == round; }));
    say(target, round);
    target.send_sync();
    ASSERT_TRUE(run_until([&] { return observed_.size() == static_cast<std::size_t>(round) + 1; }));
  }
  EXPECT_FALSE(target.next_subscriber());
  // A poll that is not answered is silence.
  ASSERT_TRUE(run_until([&] { return client_->health().errors.at("silent") == 1; }));
  EXPECT_FALSE(client_->health().up);
}

TEST_F(ClientTest, TheTargetsNameGoesIntoThePrefix) {
  GnmiTarget target;
  TargetConfiguration configuration = target_on(target.port());
  configuration.target = "slte-9";
  start(configuration);
  EXPECT_EQ(subscribed(target).subscribe().prefix().target(), "slte-9");
}

TEST_F(ClientTest, AMessageOverTheLimitEndsTheStreamAndIsNoCrash) {
  GnmiTarget target;
  TargetConfiguration configuration = target_on(target.port());
  configuration.max_message_bytes = 1 << 20;
  start(configuration);
  (void)subscribed(target);
  auto notification = GnmiTarget::notification(kNow);
  GnmiTarget::add(notification, "/x").set_bytes_val(std::string(2 << 20, 'x'));
  target.send(notification);
  EXPECT_TRUE(run_until([&] { return client_->health().errors.at("subscribe") == 1; }));
  EXPECT_THAT(client_->health().detail, testing::HasSubstr("larger than max"));
}

class LoginTest : public ClientTest {
 protected:
  std::string login(const std::string& text) {
    return test::write_file(folder_.path(), "login", text);
  }
  test::TemporaryFolder folder_;
  test::CertificateAuthority authority_{folder_.path(), "equipment"};
};

TEST_F(LoginTest, NameAndPasswordTravelOverTlsAndAreReadAgain) {
  const auto files = authority_.issue("slte-1", {"DNS:slte-1.example"});
  GnmiTarget target(
      {.credentials =
           endpoint::server_credentials(files, endpoint::ClientCertificate::kUnverified).value(),
       .login = std::pair("monitor", "first secret")});
  TargetConfiguration configuration = target_on(target.port());
  configuration.tls = {.ca_file = files.ca_file, .name = "slte-1.example"};
  configuration.login_file = login("monitor\nfirst secret\n");
  start(configuration);
  (void)subscribed(target);
  say(target, 1);
  ASSERT_TRUE(run_until([&] { return client_->health().up; }));

  target.change_login("monitor", "second secret");
  target.end(grpc::Status(grpc::StatusCode::UNAVAILABLE, "restarting"));
  ASSERT_TRUE(run_until([&] { return client_->health().errors.at("denied") == 1; }));
  EXPECT_THAT(client_->health().detail, testing::Not(testing::HasSubstr("secret")));
  (void)login("monitor\nsecond secret\n");
  (void)subscribed(target);
  say(target, 2);
  EXPECT_TRUE(run_until([&] { return client_->health().up; }));
}

TEST_F(LoginTest, MutualTlsShowsWhoTheAgentIs) {
  const auto server = authority_.issue("slte-1", {"DNS:slte-1.example"});
  const auto agent = authority_.issue("agent", {"DNS:agent"});
  GnmiTarget target(
      {.credentials =
           endpoint::server_credentials(server, endpoint::ClientCertificate::kVerified).value()});
  TargetConfiguration configuration = target_on(target.port());
  configuration.tls = {.ca_file = agent.ca_file,
                       .certificate_file = agent.certificate_file,
                       .key_file = agent.key_file,
                       .name = "slte-1.example"};
  start(configuration);
  (void)subscribed(target);
  say(target, 1);
  EXPECT_TRUE(run_until([&] { return client_->health().up; }));
}

TEST_F(LoginTest, ATargetOfAnotherNameIsNotSpokenTo) {
  const auto server = authority_.issue("slte-1", {"DNS:slte-1.example"});
  GnmiTarget target(
      {.credentials =
           endpoint::server_credentials(server, endpoint::ClientCertificate::kUnverified).value(),
       .login = std::pair("monitor", "secret")});
  TargetConfiguration configuration = target_on(target.port());
  configuration.tls = {.ca_file = server.ca_file, .name = "slte-2.example"};
  configuration.login_file = login("monitor\nsecret\n");
  start(configuration);
  EXPECT_TRUE(run_until([&] { return client_->health().errors.at("connect") > 0; }));
  EXPECT_FALSE(client_->health().up);
}

TEST_F(LoginTest, AFileThatIsNoLoginIsRefusedWithoutShowingIt) {
  for (const auto& [text, message] : {std::pair{"", ":1: expected a user name"},
                                      {"monitor\n", ":2: expected a password"},
                                      {"monitor\ns\u00e9cret\n", ":2: expected printable ASCII"},
                                      {"a\nb\nsecret\n", ":3: expected nothing after"}}) {
    TargetConfiguration configuration = target_on(1);
    configuration.login_file = login(text);
    const auto made = make_client(configuration, {.io = io_, .now_unix_ns = [] { return kNow; }});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message(), testing::HasSubstr(message));
    EXPECT_THAT(made.error().message(), testing::Not(testing::HasSubstr("cret")));
  }
}

TEST_F(ClientTest, NothingIsObservedAfterStop) {
  GnmiTarget target;
  start(target.port());
  (void)subscribed(target);
  for (int index = 0; index < 100; ++index) say(target, index);
  ASSERT_TRUE(run_until([&] { return !observed_.empty(); }));
  client_->stop();
  const std::size_t seen = observed_.size();
  EXPECT_TRUE(test::run_dry(io_));
  EXPECT_EQ(observed_.size(), seen);
  client_.reset();
}

}  // namespace
}  // namespace caspilink::gnmi
