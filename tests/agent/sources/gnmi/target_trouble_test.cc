// The gNMI client while the way to its target falls silent, and while certificates are exchanged.
#include <chrono>
#include <filesystem>
#include <sstream>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "agent/sources/gnmi/client.h"
#include "proto/endpoint/credentials.h"
#include "tests/agent/sources/gnmi/one_channel.h"
#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"
#include "tests/support/tcp_relay.h"

namespace caspilink::gnmi {
namespace {

using std::chrono::milliseconds;
using test::GnmiTarget;

class TargetTroubleTest : public testing::Test {
 protected:
  ~TargetTroubleTest() override {
    if (!client_) return;
    client_->stop();
    EXPECT_TRUE(test::run_dry(io_));
  }

  void start(const TargetConfiguration& configuration) {
    client_ = make_client(configuration, {.io = io_, .now_unix_ns = [] { return kNow; }}).value();
    client_->start([this](auto observations) {
      values_.push_back(observations.front().value);
      if (on_value_) on_value_();
    });
  }
  // The target says it once somebody is subscribed, and it is what comes next.
  bool arrives(GnmiTarget& target, double value) {
    return run_until([&] { return target.next_subscriber().has_value(); }) &&
           (say(target, value), run_until([&] {
              return !values_.empty() && values_.back() == value && client_->health().up;
            }));
  }
  bool run_until(const std::function<bool()>& condition) { return test::run_until(io_, condition); }
  std::uint64_t errors(const char* kind) const { return client_->health().errors.at(kind); }

  asio::io_context io_;
  std::vector<double> values_;
  std::function<void()> on_value_;
  std::unique_ptr<sources::Source> client_;
};

TEST_F(TargetTroubleTest, AWayThatFallsSilentIsNoticedWithinThreeIntervalsAndFoundAgain) {
  constexpr milliseconds kInterval{1000};
  GnmiTarget target;
  std::optional<test::TcpRelay> relay(std::in_place, io_, target.port());
  TargetConfiguration configuration = target_on(relay->port());
  configuration.sample_interval_ns = std::chrono::nanoseconds(kInterval).count();
  // Judged by a timer of the same loop, so that a machine under load delays both.
  asio::steady_timer three_intervals(io_);
  std::optional<std::uint64_t> noticed_by_then;
  on_value_ = [&] {
    three_intervals.expires_after(3 * kInterval);
    three_intervals.async_wait([&](const asio::error_code& error) {
      if (!error && !noticed_by_then) noticed_by_then = errors("silent");
    });
  };
  start(configuration);
  ASSERT_TRUE(arrives(target, 1));
  on_value_ = nullptr;
  relay->fall_silent();
  say(target, 2);  // on its way, and never there
  ASSERT_TRUE(run_until([&] { return !client_->health().up; }));
  EXPECT_EQ(values_, std::vector<double>{1});
  relay->speak_again();
  EXPECT_TRUE(arrives(target, 3));
  ASSERT_TRUE(run_until([&] { return noticed_by_then.has_value(); }));
  EXPECT_EQ(noticed_by_then, 1U);
  relay.reset();
}

class ExchangeTest : public TargetTroubleTest {
 protected:
  ExchangeTest() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }
  ~ExchangeTest() override { spdlog::set_default_logger(before_); }

  static std::unique_ptr<GnmiTarget> target_of(test::CertificateAuthority& authority, int port) {
    const auto files = authority.issue("slte-1", {"DNS:slte-1.example"});
    return std::make_unique<GnmiTarget>(GnmiTarget::Options{
        .port = port,
        .credentials =
            endpoint::server_credentials(files, endpoint::ClientCertificate::kVerified).value()});
  }
  // In the place of the files that the agent was told of, as an operator would.
  void put(const std::string& from, const std::string& name) const {
    std::filesystem::copy_file(from, folder_.path() / (name + ".new"));
    std::filesystem::rename(folder_.path() / (name + ".new"), folder_.path() / name);
  }
  void put(const endpoint::TlsFiles& files) const {
    put(files.ca_file, "ca.pem");
    put(files.certificate_file, "agent.pem");
    put(files.key_file, "agent.key");
  }
  TargetConfiguration with_tls_to(int port) const {
    TargetConfiguration configuration = target_on(port);
    configuration.tls = {.ca_file = folder_.path() / "ca.pem",
                         .certificate_file = folder_.path() / "agent.pem",
                         .key_file = folder_.path() / "agent.key",
                         .name = "slte-1.example"};
    return configuration;
  }
  std::size_t lines_with(const std::string& words) const {
    std::istringstream lines(log_.str());
    std::size_t found = 0;
    for (std::string line; std::getline(lines, line);) found += line.find(words) != line.npos;
    return found;
  }

  test::TemporaryFolder folder_;
  test::TemporaryFolder old_folder_;
  test::TemporaryFolder new_folder_;
  test::CertificateAuthority old_{old_folder_.path(), "old"};
  test::CertificateAuthority new_{new_folder_.path(), "new"};
  std::ostringstream log_;
  const std::shared_ptr<spdlog::logger> before_;
};

TEST_F(ExchangeTest, NewFilesAreUsedForTheNextConnection) {
  put(old_.issue("agent", {"DNS:agent"}));
  auto target = target_of(old_, 0);
  const int port = target->port();
  start(with_tls_to(port));
  ASSERT_TRUE(arrives(*target, 1));

  // The equipment moved to another authority, and its agent did not yet.
  target.reset();
  target = target_of(new_, port);
  ASSERT_TRUE(run_until([&] { return errors("connect") >= 2; }));
  EXPECT_FALSE(client_->health().up);
  EXPECT_THAT(client_->health().detail, testing::HasSubstr("certificate verify failed"));
  EXPECT_THAT(client_->health().detail, testing::Not(testing::HasSubstr("\n")));
  EXPECT_EQ(lines_with("target=slte-1"), 2U) << "up and down, once an outage:\n" << log_.str();

  put(new_.issue("agent", {"DNS:agent"}));
  EXPECT_TRUE(arrives(*target, 2));
}

TEST_F(ExchangeTest, FilesThatDoNotBelongTogetherAreSaidInALineAndTheOldOnesStay) {
  put(old_.issue("agent", {"DNS:agent"}));
  auto target = target_of(old_, 0);
  start(with_tls_to(target->port()));
  ASSERT_TRUE(arrives(*target, 1));
  put(new_.issue("agent", {"DNS:agent"}).key_file, "agent.key");
  for (const double value : {2, 3, 4}) {
    target->end({grpc::StatusCode::UNAVAILABLE, "restarting"});
    ASSERT_TRUE(arrives(*target, value));
  }
  EXPECT_EQ(lines_with("tls state=refused"), 1U) << log_.str();
  EXPECT_EQ(lines_with("agent.key"), 1U) << log_.str();
  EXPECT_EQ(errors("connect"), 0U);
}

}  // namespace
}  // namespace caspilink::gnmi
