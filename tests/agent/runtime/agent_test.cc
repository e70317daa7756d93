// The whole agent in process: equipment on one socket, a collector on another.
#include "agent/runtime/agent.h"

#include <asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>

#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"
#include "tests/support/telemetry_collector.h"

namespace caspilink::runtime {
namespace {

using test::GnmiTarget;
using test::TelemetryCollector;

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;

class AgentTest : public testing::Test {
 protected:
  void start_collector(int port = 0) { start_collector_of(ca_, port); }
  void start_collector_of(test::CertificateAuthority& authority, int port) {
    collector_ = std::make_unique<TelemetryCollector>(
        TelemetryCollector::Options{
            .credentials = endpoint::server_credentials(authority.issue_collector(),
                                                        endpoint::ClientCertificate::kVerified)
                               .value(),
            .port = port},
        memory_);
    collector_port_ = collector_->port();
  }

  std::string write_configuration(const GnmiTarget& target) {
    return test::write_file(
        folder_.path(), "agent.yaml",
        fmt::format(R"(station: {}
state_dir: state
collectors: [{{address: "127.0.0.1:{}"}}]
tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}
batch: {{linger_ms: {}, offline_linger_ms: {}}}
gnmi: {{targets: [{{name: slte-1, address: "127.0.0.1:{}", sample_interval_s: 30,
  components: [{{pattern: "och-{{fibre_pair}}-{{channel}}"}}]}}]}}
)",
                    station_, collector_port_, tls_.ca_file, tls_.certificate_file, tls_.key_file,
                    linger_ms_, linger_ms_, target.port()));
  }

  void start_agent(std::uint64_t boot) {
    const auto file = write_configuration(target_);
    auto configuration = load_configuration(file);
    ASSERT_TRUE(configuration) << configuration.error().message();
    if (offline_linger_) configuration->batch_offline_linger_ns = offline_linger_->count();
    auto agent = Agent::make(*configuration,
                             {.io = io_,
                              .now_unix_ns = [this] { return now_; },
                              .boot = boot,
                              .board = board_,
                              .read_configuration = [file] { return load_configuration(file); }});
    ASSERT_TRUE(agent) << agent.error().message();
    agent_ = std::move(*agent);
    agent_->start();
    ASSERT_TRUE(test::run_until(io_, [&] { return target_.next_subscriber().has_value(); }));
  }

  void stop_agent() {
    agent_->stop();
    EXPECT_TRUE(test::run_dry(io_));
    agent_.reset();
  }

  void say(int channel, double value) {
    auto notification = GnmiTarget::notification(now_);  // its clock steps with the station's
    GnmiTarget::add(notification, fmt::format("/components/component[name=och-FP01-{}]/"
                                              "optical-channel/state/q-value",
                                              channel))
        .set_double_val(value);
    target_.send(notification);
  }

  bool collected(std::uint64_t samples) {
    return test::run_until(io_, [&] { return collector_->memory().samples >= samples; });
  }

  test::TemporaryFolder folder_;
  test::CertificateAuthority ca_{folder_.path(), "ca"};
  const endpoint::TlsFiles tls_ = ca_.issue_agent("sumgait");
  asio::io_context io_;
  GnmiTarget target_;
  std::shared_ptr<TelemetryCollector::Memory> memory_ =
      std::make_shared<TelemetryCollector::Memory>();
  std::unique_ptr<TelemetryCollector> collector_;
  int collector_port_ = 0;
  int linger_ms_ = 5;
  std::optional<std::chrono::nanoseconds> offline_linger_;  // longer than a file may have it
  std::int64_t now_ = kNow;                                 // the station's clock
  std::string station_ = "sumgait";
  std::shared_ptr<SnapshotBoard> board_ = std::make_shared<SnapshotBoard>();
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTest, WhatTheEquipmentSaysReachesTheCollector) {
  start_collector();
  start_agent(9);
  say(3, 9.5);
  say(4, 9.25);
  ASSERT_TRUE(collected(2));
  ASSERT_TRUE(test::run_until(io_, [&] { return readiness(*board_->get()).has_value(); }));
  stop_agent();
  EXPECT_THAT(memory_->complaints, testing::IsEmpty());
  ASSERT_FALSE(memory_->catalogues.empty());
  EXPECT_EQ(memory_->catalogues[0].series[0].point.component, "och-FP01-3");
  EXPECT_EQ(memory_->batches[0].values[0], 9.5);
  EXPECT_EQ(memory_->hellos[0].boot(), 9U);
}

TEST_F(AgentTest, WhatWasNotDeliveredBeforeARestartIsDeliveredAfterIt) {
  start_collector();
  start_agent(9);
  say(1, 1);
  ASSERT_TRUE(collected(1));
  collector_.reset();
  for (int value = 2; value <= 5; ++value) say(1, value);
  ASSERT_TRUE(test::run_until(io_, [&] {
    const auto snapshot = board_->get();
    return snapshot->batcher.observations == 5 && snapshot->pending_samples == 0;
  }));
  EXPECT_FALSE(readiness(*board_->get()));
  stop_agent();

  start_collector(collector_port_);
  start_agent(10);
  say(1, 6);
  ASSERT_TRUE(collected(6));
  stop_agent();
  std::multiset<double> values;
  for (const codec::Batch& batch : memory_->batches) {
    values.insert(batch.values.begin(), batch.values.end());
  }
  EXPECT_EQ(values, (std::multiset<double>{1, 2, 3, 4, 5, 6})) << "each once, none lost";
  EXPECT_THAT(memory_->complaints, testing::IsEmpty());
}

TEST_F(AgentTest, AReloadExchangesWhatChangedAndLeavesTheStreamAlone) {
  start_collector();
  start_agent(9);
  say(1, 1);
  ASSERT_TRUE(collected(1));
  GnmiTarget other;
  write_configuration(other);
  agent_->reload();
  EXPECT_EQ(board_->get()->reloads.at("applied"), 1U);
  ASSERT_TRUE(test::run_until(io_, [&] { return other.next_subscriber().has_value(); }));
  auto notification = GnmiTarget::notification(kNow);
  GnmiTarget::add(notification,
                  "/components/component[name=och-FP01-1]/optical-channel/state/q-value")
      .set_double_val(2);
  other.send(notification);
  ASSERT_TRUE(collected(2));
  EXPECT_EQ(board_->get()->sources.size(), 1U);
  agent_->reload();
  EXPECT_EQ(board_->get()->reloads.at("unchanged"), 1U);
  stop_agent();
  EXPECT_EQ(memory_->hellos.size(), 1U) << "the stream stays";
}

TEST_F(AgentTest, AReloadThatIsWrongOrAsksTooMuchChangesNothing) {
  start_collector();
  start_agent(9);
  station_ = "aktau";
  linger_ms_ = 7;
  write_configuration(target_);
  agent_->reload();
  test::write_file(folder_.path(), "agent.yaml", "station: sumgait\nstation: sumgait\n");
  agent_->reload();
  EXPECT_EQ(board_->get()->reloads.at("refused"), 2U);
  EXPECT_TRUE(board_->get()->configuration_stale);
  say(1, 1);
  ASSERT_TRUE(collected(1)) << "what runs goes on";
  station_ = "sumgait";
  write_configuration(target_);
  agent_->reload();
  EXPECT_EQ(board_->get()->reloads.at("applied"), 1U);
  EXPECT_FALSE(board_->get()->configuration_stale);
  stop_agent();
}

TEST_F(AgentTest, CertificatesExchangedOnDiskLeaveTheStreamAndAreShownWithTheNext) {
  start_collector();
  start_agent(9);
  say(1, 1);
  ASSERT_TRUE(collected(1));
  test::CertificateAuthority fresh_ca(folder_.path(), "fresh-ca");
  const endpoint::TlsFiles fresh = fresh_ca.issue_agent("sumgait");
  std::filesystem::rename(fresh.certificate_file, tls_.certificate_file);
  std::filesystem::rename(fresh.key_file, tls_.key_file);
  std::filesystem::copy_file(fresh.ca_file, tls_.ca_file,
                             std::filesystem::copy_options::overwrite_existing);
  say(1, 2);
  ASSERT_TRUE(collected(2));
  EXPECT_EQ(memory_->hellos.size(), 1U) << "the stream stays";
  collector_.reset();
  start_collector_of(fresh_ca, collector_port_);  // knows the fresh authority alone, as the agent
  say(1, 3);
  ASSERT_TRUE(collected(3));
  stop_agent();
  EXPECT_EQ(memory_->hellos.size(), 2U);
}

TEST_F(AgentTest, ANewCollectorGetsWhatTheOldOneDidNot) {
  start_collector();
  start_agent(9);
  say(1, 1);
  ASSERT_TRUE(collected(1));
  collector_.reset();
  say(1, 2);
  start_collector();  // at another port
  write_configuration(target_);
  agent_->reload();
  ASSERT_TRUE(collected(2));
  stop_agent();
  EXPECT_THAT(memory_->complaints, testing::IsEmpty());
}

TEST_F(AgentTest, AClockThatStepsLosesAndDoublesNothing) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  start_collector();
  start_agent(9);
  say(1, 1);
  ASSERT_TRUE(collected(1));
  collector_.reset();  // so that what is said waits in the spool, under the clock's steps
  double value = 1;
  // An hour on, two back, and a second that comes twice as at a leap second.
  constexpr std::int64_t kHour = 3600 * kSecond;
  for (const std::int64_t step : {std::int64_t{0}, kHour, -2 * kHour, kSecond, -kSecond, kSecond}) {
    now_ += step;
    say(1, value += 1);
    ASSERT_TRUE(test::run_until(io_, [&] {
      const auto snapshot = board_->get();
      return snapshot->batcher.observations == static_cast<std::uint64_t>(value) &&
             snapshot->pending_samples == 0;
    }));
  }
  start_collector(collector_port_);
  ASSERT_TRUE(collected(7));
  stop_agent();
  std::multiset<double> values;
  for (const codec::Batch& batch : memory_->batches) {
    values.insert(batch.values.begin(), batch.values.end());
  }
  EXPECT_EQ(values, (std::multiset<double>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_THAT(memory_->complaints, testing::IsEmpty());
}

TEST_F(AgentTest, WhatWaitsWhileNobodyListensGoesWhenACollectorComes) {
  offline_linger_ = std::chrono::hours(1);
  start_collector();
  collector_.reset();  // its port stays
  start_agent(9);
  say(1, 1);
  ASSERT_TRUE(test::run_until(io_, [&] { return board_->get()->pending_samples == 1; }));
  start_collector(collector_port_);
  EXPECT_TRUE(collected(1));
  stop_agent();
}

TEST_F(AgentTest, StoppingKeepsWhatIsPending) {
  linger_ms_ = 10'000;
  offline_linger_ = std::chrono::hours(1);
  start_collector();
  start_agent(9);
  say(1, 1);
  ASSERT_TRUE(test::run_until(io_, [&] { return board_->get()->batcher.observations >= 1; }));
  EXPECT_EQ(board_->get()->spool.batches, 0U);
  stop_agent();
  start_agent(10);
  EXPECT_TRUE(collected(1));
  stop_agent();
}

}  // namespace
}  // namespace caspilink::runtime
