// Bringing history in: an agent that replays a recording as fast as it can, a small spool, and a
// collector that is away at first.
#include <fstream>
#include <random>

#include <asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "agent/runtime/agent.h"
#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"
#include "tests/support/telemetry_collector.h"

namespace caspilink::runtime {
namespace {

using test::TelemetryCollector;

constexpr std::int64_t kRecorded = 1'700'000'000'000'000'000;
constexpr std::int64_t kNow = 1'800'000'000'000'000'000;
// Some 7 bytes each, as they do not compress: twice what the spool may hold.
constexpr std::uint64_t kSamples = 300'000;

class HistoryTest : public testing::Test {
 protected:
  void record() {
    std::ofstream out(folder_.path() / "history.csv");
    out << "time_unix_ns,quantity,fibre_pair,channel,value\n";
    std::mt19937_64 random(7);
    for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
      out << fmt::format("{},q_value,FP01,{},{}\n", kRecorded + 1'000'000 * (sample / 100),
                         1 + sample % 100, static_cast<double>(random() >> 12) / 1e15);
    }
  }
  void start_agent(int port) {
    const auto file = test::write_file(
        folder_.path(), "agent.yaml",
        fmt::format("station: sumgait\n"
                    "state_dir: state\n"
                    "collectors: [{{address: \"127.0.0.1:{}\"}}]\n"
                    "tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}\n"
                    "spool: {{max_megabytes: 1}}\n"
                    "replay: {{files: [{{name: history, file: history.csv, speed: max}}]}}\n",
                    port, tls_.ca_file, tls_.certificate_file, tls_.key_file));
    auto configuration = load_configuration(file);
    ASSERT_TRUE(configuration) << configuration.error().message();
    auto agent = Agent::make(*configuration, {.io = io_,
                                              .now_unix_ns = [] { return kNow; },
                                              .boot = 9,
                                              .board = board_,
                                              .read_configuration = nullptr});
    ASSERT_TRUE(agent) << agent.error().message();
    agent_ = std::move(*agent);
    agent_->start();
  }
  std::unique_ptr<TelemetryCollector> make_collector(int port) {
    return std::make_unique<TelemetryCollector>(
        TelemetryCollector::Options{
            .credentials = endpoint::server_credentials(ca_.issue_collector(),
                                                        endpoint::ClientCertificate::kVerified)
                               .value(),
            .port = port,
            .keep_samples = false},
        memory_);
  }
  sources::Health health() const { return board_->get()->sources.at(0); }

  test::TemporaryFolder folder_;
  test::CertificateAuthority ca_{folder_.path(), "ca"};
  const endpoint::TlsFiles tls_ = ca_.issue_agent("sumgait");
  asio::io_context io_;
  std::shared_ptr<TelemetryCollector::Memory> memory_ =
      std::make_shared<TelemetryCollector::Memory>();
  std::shared_ptr<SnapshotBoard> board_ = std::make_shared<SnapshotBoard>();
  std::unique_ptr<Agent> agent_;
};

TEST_F(HistoryTest, DoesNotOverrunTheSpoolAndArrivesWhole) {
  record();
  const int port = make_collector(0)->port();  // and is gone
  start_agent(port);
  const auto patience = std::chrono::seconds(100);
  ASSERT_TRUE(test::run_until(
      io_,
      [&] {
        const auto counters = health().counters;
        const auto waits = counters.find("waits_for_room");
        return waits != counters.end() && waits->second > 20;
      },
      patience))
      << "nobody takes it";
  EXPECT_LT(health().observations, kSamples);
  EXPECT_LT(board_->get()->spool.bytes, 900'000U) << "live data has room";

  const auto collector = make_collector(port);
  ASSERT_TRUE(test::run_until(
      io_, [&] { return collector->memory().samples >= kSamples; }, patience));
  const auto snapshot = board_->get();
  EXPECT_EQ(snapshot->spool.evicted_samples, 0U);
  EXPECT_EQ(snapshot->batcher.dropped_spool_full, 0U);
  EXPECT_EQ(snapshot->batcher.dropped_memory_full, 0U);
  EXPECT_EQ(collector->memory().samples, kSamples);
  agent_->stop();
  EXPECT_TRUE(test::run_dry(io_));
  EXPECT_THAT(memory_->complaints, testing::IsEmpty());
}

}  // namespace
}  // namespace caspilink::runtime
