// Uplinks against collectors on loopback sockets, over mutual TLS.
#include "agent/uplink/uplink.h"

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include "agent/spool/memory_spool.h"
#include "agent/spool/sqlite_spool.h"
#include "proto/endpoint/credentials.h"
#include "tests/agent/spool/batches.h"
#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"
#include "tests/support/telemetry_collector.h"

namespace caspilink::uplink {
namespace {

using spool::batch_of;
using spool::kStart;
using test::TelemetryCollector;
using Outcome = TelemetryCollector::Outcome;
using Memory = TelemetryCollector::Memory;

constexpr std::uint64_t kBoot = 9;

class UplinkTest : public testing::Test {
 protected:
  ~UplinkTest() override {
    for (const auto& uplink : uplinks_) uplink->stop();
    EXPECT_TRUE(test::run_dry(io_));
    EXPECT_THAT(memory_->complaints, testing::IsEmpty());
  }

  void start_collector(int port = 0, telemetry::v1::Configuration configuration = {}) {
    collector_.reset();
    collector_ = std::make_unique<TelemetryCollector>(
        TelemetryCollector::Options{
            .credentials = endpoint::server_credentials(ca_.issue_collector(),
                                                        endpoint::ClientCertificate::kVerified)
                               .value(),
            .port = port,
            .configuration = configuration},
        memory_);
    port_ = collector_->port();
  }

  Uplink& connect(std::size_t index = 0, const std::string& name = "collector") {
    uplinks_.push_back(std::make_unique<Uplink>(
        io_,
        Options{.station = "sumgait",
                .boot = kBoot,
                .address = {.host = "127.0.0.1", .port = static_cast<std::uint16_t>(port_)},
                .name = name,
                .window = 8,
                .backlog_samples_per_second = backlog_rate_,
                .first_backoff_ms = 20,
                .longest_backoff_ms = 100},
        endpoint::client_credentials(ca_.issue_agent("sumgait")).value(), spool_, ledger_, index,
        [] { return kStart; }, [this](const Wishes& wishes) { wishes_ = wishes; }));
    uplinks_.back()->start();
    return *uplinks_.back();
  }

  // As the agent does: into the spool, then to the uplinks.
  void append(std::uint64_t boot, std::uint64_t sequence, bool offer = true) {
    const auto series = spool::series_of(50);
    const auto batch = std::make_shared<const codec::Batch>(batch_of(boot, sequence));
    const auto position = spool_.append(
        *batch, sequence == 1 ? std::span(series) : std::span(series).first(0), kStart);
    ASSERT_TRUE(position);
    if (!offer) return;
    for (const auto& uplink : uplinks_) uplink->offer(*position, batch);
  }

  bool run_until(const std::function<bool()>& condition) { return test::run_until(io_, condition); }
  bool delivered(std::size_t count) {
    return run_until([&] { return collector_->memory().stored.size() >= count; });
  }
  bool spool_empties() {
    return run_until([&] { return spool_.stats().batches == 0; });
  }

  test::TemporaryFolder folder_;
  test::CertificateAuthority ca_{folder_.path(), "ca"};
  asio::io_context io_;
  spool::MemorySpool spool_;
  Ledger ledger_{spool_, 1, 1};
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  std::unique_ptr<TelemetryCollector> collector_;
  int port_ = 0;
  std::uint32_t backlog_rate_ = 0;
  std::vector<std::unique_ptr<Uplink>> uplinks_;
  Wishes wishes_;
};

TEST_F(UplinkTest, SaysHelloDeclaresAndSendsWhatTheSpoolHolds) {
  append(kBoot, 1, false);
  append(kBoot, 2, false);
  start_collector();
  Uplink& uplink = connect();
  ASSERT_TRUE(spool_empties());
  const Memory memory = collector_->memory();
  ASSERT_EQ(memory.hellos.size(), 1U);
  EXPECT_EQ(memory.hellos[0].station(), "sumgait");
  EXPECT_EQ(memory.hellos[0].boot(), kBoot);
  ASSERT_EQ(memory.catalogues.size(), 1U);
  EXPECT_EQ(memory.catalogues[0].series, spool::series_of(50));
  ASSERT_EQ(memory.batches.size(), 2U);
  codec::Batch expected = batch_of(kBoot, 1);
  expected.backlog = true;
  EXPECT_EQ(memory.batches[0], expected);
  EXPECT_EQ(uplink.status().accepted, 2U);
  EXPECT_EQ(uplink.status().backlog_batches_sent, 2U);
  EXPECT_TRUE(uplink.status().connected);
  EXPECT_EQ(uplink.status().last_acknowledgement_unix_ns, kStart);
}

TEST_F(UplinkTest, NewBatchesGoOutWithoutWaitingForTheSpool) {
  start_collector();
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().connected; }));
  for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) append(kBoot, sequence);
  ASSERT_TRUE(spool_empties());
  EXPECT_EQ(uplink.status().live_batches_sent, 20U);
  EXPECT_EQ(uplink.status().backlog_batches_sent, 0U);
  for (const codec::Batch& batch : collector_->memory().batches) EXPECT_FALSE(batch.backlog);
}

TEST_F(UplinkTest, WhatIsNewOvertakesTheBacklog) {
  for (std::uint64_t sequence = 1; sequence <= 200; ++sequence) append(kBoot, sequence, false);
  start_collector();
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().connected; }));
  append(kBoot, 201);
  ASSERT_TRUE(spool_empties());
  const auto batches = collector_->memory().batches;
  const auto newest = std::ranges::find(batches, 201U, [](const auto& b) { return b.id.sequence; });
  ASSERT_NE(newest, batches.end());
  EXPECT_LT(newest - batches.begin(), 20) << "not behind the 200 before it";
  EXPECT_EQ(batches.size(), 201U) << "and each once";
}

TEST_F(UplinkTest, TheBacklogKeepsToItsRateAndWhatIsNewDoesNotWaitForIt) {
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) append(kBoot, sequence, false);
  start_collector();
  backlog_rate_ = 1;  // sample a second: one batch, and the next in a minute
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().backlog_batches_sent == 1; }));
  for (std::uint64_t sequence = 6; sequence <= 40; ++sequence) append(kBoot, sequence);
  ASSERT_TRUE(run_until([&] { return uplink.status().accepted == 36; }));
  EXPECT_EQ(uplink.status().backlog_batches_sent, 1U);
  uplink.limit(8, 0);
  ASSERT_TRUE(spool_empties());
  EXPECT_EQ(uplink.status().backlog_batches_sent, 5U);
  EXPECT_EQ(collector_->memory().hellos.size(), 1U) << "the stream stays";
}

TEST_F(UplinkTest, ACollectorAsksForAReloadOnceByAGrowingFigure) {
  telemetry::v1::Configuration configuration;
  configuration.set_reload_request(7);
  start_collector(0, configuration);
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().connected; }));
  EXPECT_FALSE(wishes_.reload_request) << "the file was read at the start";
  configuration.set_reload_request(8);
  start_collector(port_, configuration);
  ASSERT_TRUE(run_until([&] { return wishes_.reload_request == 8U; }));
  start_collector(port_, configuration);
  ASSERT_TRUE(run_until([&] { return !wishes_.reload_request; })) << "asked once";
}

TEST_F(UplinkTest, EarlierBootsAreDeclaredAndDeliveredToo) {
  append(4, 1, false);
  append(4, 2, false);
  append(kBoot, 1, false);
  start_collector();
  connect();
  ASSERT_TRUE(spool_empties());
  const auto memory = collector_->memory();
  EXPECT_EQ(memory.catalogues.size(), 2U);
  EXPECT_TRUE(memory.stored.contains({4, 2}));
}

TEST_F(UplinkTest, NamesThatNoMessageHoldsDoNotStandInTheWayOfEverything) {
  auto series = spool::series_of(50);
  series[0].point.component = "och-\xe9-1";
  series[1].point.component = std::string(250, 'x');
  ASSERT_TRUE(spool_.append(batch_of(kBoot, 1), series, kStart));
  append(kBoot, 2, false);
  start_collector();
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().accepted == 2; }));
  EXPECT_EQ(collector_->memory().hellos.size(), 1U) << "over one stream";
}

TEST_F(UplinkTest, NoMoreThanTheWindowIsUnacknowledged) {
  for (std::uint64_t sequence = 1; sequence <= 50; ++sequence) append(kBoot, sequence, false);
  telemetry::v1::Configuration configuration;
  configuration.set_max_unacknowledged_batches(4);
  start_collector(0, configuration);
  collector_->judge_by([](const auto&) { return std::nullopt; });
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().connected; }));
  for (std::uint64_t sequence = 51; sequence <= 60; ++sequence) append(kBoot, sequence);
  ASSERT_TRUE(run_until([&] { return uplink.status().unacknowledged == 4; }));
  io_.restart();
  io_.run_for(std::chrono::milliseconds(200));
  EXPECT_LE(collector_->memory().batches.size(), 4U);
  EXPECT_EQ(spool_.stats().batches, 60U);
}

TEST_F(UplinkTest, WhatWasNotAcknowledgedIsSentAgainAndKnownForADuplicate) {
  start_collector();
  // Stored, but the answer is lost with the collector.
  collector_->judge_by([this](const codec::Batch& batch) -> std::optional<Outcome> {
    memory_->stored.insert(batch.id);
    return std::nullopt;
  });
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().connected; }));
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) append(kBoot, sequence);
  ASSERT_TRUE(delivered(3));
  start_collector(port_);
  ASSERT_TRUE(spool_empties());
  EXPECT_EQ(uplink.status().duplicates, 3U);
  EXPECT_EQ(uplink.status().accepted, 0U);
}

TEST_F(UplinkTest, ACollectorThatIsAwayCostsNothingButTime) {
  start_collector();
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().connected; }));
  append(kBoot, 1);
  ASSERT_TRUE(spool_empties());
  collector_.reset();
  ASSERT_TRUE(run_until([&] { return !uplink.status().connected; }));
  for (std::uint64_t sequence = 2; sequence <= 30; ++sequence) append(kBoot, sequence);
  ASSERT_TRUE(run_until([&] { return uplink.status().errors["unavailable"] >= 3; }));
  EXPECT_EQ(spool_.stats().batches, 29U);
  start_collector(port_);
  ASSERT_TRUE(spool_empties());
  EXPECT_EQ(memory_->stored.size(), 30U);
  EXPECT_EQ(memory_->batches.size(), 30U) << "each once";
  EXPECT_EQ(uplink.status().detail, "");
}

TEST_F(UplinkTest, ABatchRefusedForGoodIsSetAsideAndNotSentAgain) {
  start_collector();
  collector_->judge_by([](const codec::Batch& batch) -> std::optional<Outcome> {
    return batch.id.sequence == 2 ? telemetry::v1::Acknowledgement::OUTCOME_REFUSED
                                  : telemetry::v1::Acknowledgement::OUTCOME_ACCEPTED;
  });
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().connected; }));
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) append(kBoot, sequence);
  ASSERT_TRUE(spool_empties());
  EXPECT_EQ(uplink.status().refused, 1U);
  EXPECT_EQ(spool_.stats().damaged_records, 1U);
  EXPECT_EQ(collector_->memory().batches.size(), 3U);
}

TEST_F(UplinkTest, ADeniedAgentKeepsItsBatchesAndKeepsAsking) {
  start_collector();
  collector_->turn_away({grpc::StatusCode::PERMISSION_DENIED, "sumgait is not on the plant"});
  append(kBoot, 1, false);
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return uplink.status().errors["denied"] >= 2; }));
  EXPECT_THAT(uplink.status().detail, testing::HasSubstr("not on the plant"));
  EXPECT_EQ(spool_.stats().batches, 1U);
  collector_->turn_away(grpc::Status::OK);
  EXPECT_TRUE(spool_empties());
}

TEST_F(UplinkTest, ACollectorOfAnotherNameIsNotSpokenTo) {
  start_collector();
  append(kBoot, 1, false);
  Uplink& uplink = connect(0, "somebody-else");
  ASSERT_TRUE(run_until([&] { return uplink.status().errors["unavailable"] >= 2; }));
  EXPECT_TRUE(collector_->memory().hellos.empty());
  EXPECT_EQ(spool_.stats().batches, 1U);
}

TEST_F(UplinkTest, ABatchLargerThanTheCollectorTakesIsHeldBackAlone) {
  telemetry::v1::Configuration configuration;
  configuration.set_max_batch_samples(60);
  configuration.set_revision(5);
  start_collector(0, configuration);
  const auto series = spool::series_of(70);
  ASSERT_TRUE(spool_.append(batch_of(kBoot, 1, 70), series, kStart));
  append(kBoot, 2, false);
  Uplink& uplink = connect();
  ASSERT_TRUE(run_until([&] { return spool_.stats().batches == 1; }));
  EXPECT_EQ(uplink.status().held_back, 1U);
  EXPECT_TRUE(collector_->memory().stored.contains({kBoot, 2}));
  EXPECT_EQ(wishes_.max_batch_samples, 60U);
  EXPECT_EQ(wishes_.revision, 5U);
}

}  // namespace
}  // namespace caspilink::uplink
