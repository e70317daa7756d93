#include "agent/runtime/agent.h"

#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <grpcpp/security/credentials.h>
#include <spdlog/spdlog.h>

#include "agent/spool/sqlite_spool.h"
#include "agent/uplink/ledger.h"

namespace caspilink::runtime {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kHousekeeping = std::chrono::seconds(1);

Result<std::unique_ptr<spool::SqliteSpool>> open_spool(const Configuration& configuration) {
  std::error_code failed;
  std::filesystem::create_directories(configuration.state_dir, failed);
  if (failed) {
    return fail(ErrorCode::kUnavailable, configuration.state_dir,
                "cannot be made: " + failed.message());
  }
  return spool::SqliteSpool::open(
      {.file = (std::filesystem::path(configuration.state_dir) / "spool.sqlite").string(),
       .bounds = configuration.spool});
}

}  // namespace

struct Agent::Impl {
  Impl(Configuration given, Setting from, std::unique_ptr<spool::Spool> opened)
      : configuration(std::move(given)),
        setting(std::move(from)),
        spool(std::move(opened)),
        ledger(*spool, configuration.collectors.size()),
        batcher({.boot = setting.boot, .max_batch_samples = configuration.max_batch_samples},
                *spool),
        linger(setting.io),
        housekeeping(setting.io) {}

  void observe(std::span<const codec::Observation> observations) {
    const bool first = batcher.pending() == 0;
    batcher.observe(observations);
    if (batcher.full()) return cut();
    if (!first || batcher.pending() == 0) return;
    linger.expires_after(nanoseconds(configuration.batch_linger_ns));
    linger.async_wait([this](const asio::error_code& error) {
      if (!error) cut();
    });
  }

  void cut() {
    const bool well = !batcher.trouble();
    for (const Batcher::Cut& each : batcher.cut(setting.now_unix_ns())) {
      for (const auto& uplink : uplinks) uplink->offer(each.position, each.batch);
    }
    if (well && batcher.trouble()) {
      spdlog::error("spool state=refusing {}", batcher.trouble()->message());
    } else if (!well && !batcher.trouble()) {
      spdlog::info("spool state=taking");
    }
  }

  void keep_house() {
    housekeeping.expires_after(kHousekeeping);
    housekeeping.async_wait([this](const asio::error_code& error) {
      if (error || stopped) return;
      if (batcher.trouble()) cut();  // the disk may take it now
      (void)spool->flush();
      publish();
      keep_house();
    });
  }

  void publish() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->station = configuration.station;
    snapshot->boot = setting.boot;
    snapshot->series = batcher.series();
    snapshot->pending_samples = batcher.pending();
    snapshot->batcher = batcher.counts();
    snapshot->spool_trouble = batcher.trouble();
    snapshot->spool = spool->stats();
    for (const auto& uplink : uplinks) snapshot->uplinks.push_back(uplink->status());
    for (const auto& source : sources) snapshot->sources.push_back(source->health());
    setting.board->put(std::move(snapshot));
  }

  void take(const uplink::Wishes& wishes) {
    batcher.limit(wishes.max_batch_samples, wishes.max_series);
  }

  const Configuration configuration;
  const Setting setting;
  const std::unique_ptr<spool::Spool> spool;
  uplink::Ledger ledger;
  Batcher batcher;
  asio::steady_timer linger;
  asio::steady_timer housekeeping;
  bool stopped = false;  // what was due already is beyond cancelling and must look
  std::vector<std::unique_ptr<uplink::Uplink>> uplinks;
  std::vector<std::unique_ptr<sources::Source>> sources;
};

Agent::Agent(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::make(Configuration configuration, Setting setting) {
  auto credentials = endpoint::client_credentials(configuration.tls);
  if (!credentials) return tl::unexpected(credentials.error());
  auto spool = open_spool(configuration);
  if (!spool) return tl::unexpected(spool.error());
  auto impl =
      std::make_unique<Impl>(std::move(configuration), std::move(setting), std::move(*spool));

  for (const sources::MakeSource& make : impl->configuration.sources) {
    auto source = make({.io = impl->setting.io, .now_unix_ns = impl->setting.now_unix_ns});
    if (!source) return tl::unexpected(source.error());
    impl->sources.push_back(std::move(*source));
  }
  for (std::size_t index = 0; index < impl->configuration.collectors.size(); ++index) {
    const CollectorConfiguration& collector = impl->configuration.collectors[index];
    impl->uplinks.push_back(std::make_unique<uplink::Uplink>(
        impl->setting.io,
        uplink::Options{.station = impl->configuration.station,
                        .boot = impl->setting.boot,
                        .address = collector.address,
                        .name = collector.name,
                        .window = impl->configuration.max_unacknowledged_batches},
        *credentials, *impl->spool, impl->ledger, index, impl->setting.now_unix_ns,
        [raw = impl.get()](const uplink::Wishes& wishes) { raw->take(wishes); }));
  }
  return std::unique_ptr<Agent>(new Agent(std::move(impl)));
}

void Agent::start() {
  Impl& impl = *impl_;
  for (const auto& uplink : impl.uplinks) uplink->start();
  for (const auto& source : impl.sources) {
    source->start([raw = impl_.get()](std::span<const codec::Observation> observations) {
      raw->observe(observations);
    });
  }
  impl.publish();
  impl.keep_house();
}

void Agent::stop() {
  Impl& impl = *impl_;
  impl.stopped = true;
  for (const auto& source : impl.sources) source->stop();
  impl.linger.cancel();
  impl.housekeeping.cancel();
  impl.cut();
  for (const auto& uplink : impl.uplinks) uplink->stop();
  if (auto flushed = impl.spool->flush(); !flushed) {
    spdlog::warn("spool {}", flushed.error().message());
  }
}

}  // namespace caspilink::runtime
