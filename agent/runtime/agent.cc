#include "agent/runtime/agent.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <grpcpp/security/credentials.h>
#include <spdlog/spdlog.h>

#include "agent/runtime/reload.h"
#include "agent/sources/registry.h"
#include "agent/spool/sqlite_spool.h"
#include "agent/uplink/ledger.h"
#include "proto/endpoint/credentials.h"

namespace caspilink::runtime {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kSyncAfter = std::chrono::milliseconds(20);
constexpr nanoseconds kHousekeeping = std::chrono::seconds(1);
// What was stopped stays until every handler it may have left has run.
constexpr int kRetiredForTicks = 60;

Result<std::unique_ptr<spool::SqliteSpool>> open_spool(const Configuration& configuration) {
  std::error_code failed;
  std::filesystem::create_directories(configuration.state_dir, failed);
  if (failed && !std::filesystem::is_directory(configuration.state_dir)) {
    return fail(ErrorCode::kUnavailable, configuration.state_dir,
                "cannot be made: " + failed.message());
  }
  return spool::SqliteSpool::open(
      {.file = (std::filesystem::path(configuration.state_dir) / "spool.sqlite").string(),
       .bounds = configuration.spool});
}

struct RunningSource {
  std::string kind;
  std::unique_ptr<sources::Source> source;
};

// The streams and who has what of the collectors that are configured; exchanged whole.
struct Streams {
  std::unique_ptr<uplink::Ledger> ledger;
  std::vector<std::unique_ptr<uplink::Uplink>> uplinks;
};

}  // namespace

struct Agent::Impl {
  Impl(Configuration given, Setting from, std::shared_ptr<endpoint::TlsWatch> tls_files,
       std::unique_ptr<spool::SqliteSpool> opened)
      : configuration(std::move(given)),
        setting(std::move(from)),
        tls(std::move(tls_files)),
        spool(std::move(opened)),
        batcher({.boot = setting.boot, .max_batch_samples = configuration.max_batch_samples},
                *spool),
        linger(setting.io),
        syncing(setting.io),
        housekeeping(setting.io) {}

  Result<std::vector<RunningSource>> make_sources(const Configuration& from,
                                                  const std::string& kind);
  std::size_t room() const;
  Streams make_streams(const Configuration& from);
  void start_source(sources::Source& source);
  void observe(std::span<const codec::Observation> observations);
  void cut_after(std::int64_t wait_ns);
  void cut();
  void sync_soon();
  void keep_house();
  void publish();
  void tell_trouble();
  void take(const std::string& collector, const uplink::Wishes& wishes);
  codec::ReloadAnswer reload();
  Result<std::vector<Difference>> apply(Configuration fresh);
  Result<void> exchange_sources(const Configuration& fresh, const std::string& kind);
  void retire(std::unique_ptr<sources::Source> source) {
    retired_sources.emplace_back(kRetiredForTicks, std::move(source));
  }

  Configuration configuration;
  const Setting setting;
  std::shared_ptr<endpoint::TlsWatch> tls;
  const std::unique_ptr<spool::SqliteSpool> spool;
  Batcher batcher;
  asio::steady_timer linger;
  asio::steady_timer syncing;
  asio::steady_timer housekeeping;
  bool is_to_sync = false;
  bool stopped = false;          // what was due already is beyond cancelling and must look
  std::optional<Error> trouble;  // that was logged
  std::map<std::string, std::uint64_t> reloads;
  bool configuration_stale = false;
  Streams streams;
  std::vector<RunningSource> sources;
  std::vector<std::pair<int, Streams>> retired_streams;
  std::vector<std::pair<int, std::unique_ptr<sources::Source>>> retired_sources;
};

Agent::Agent(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Agent::~Agent() = default;

Result<std::vector<RunningSource>> Agent::Impl::make_sources(const Configuration& from,
                                                             const std::string& kind) {
  std::vector<RunningSource> made;
  for (const SourceConfiguration& each : from.sources) {
    if (each.kind != kind) continue;
    auto source = each.make(
        {.io = setting.io, .now_unix_ns = setting.now_unix_ns, .room = [this] { return room(); }});
    if (!source) return tl::unexpected(source.error());
    made.push_back({kind, std::move(*source)});
  }
  return made;
}

// For what is brought in and could wait: none while the disk refuses, and none once what waits for
// collectors is half-way to a bound that would have it, or live data, thrown away.
std::size_t Agent::Impl::room() const {
  const spool::Stats& stats = spool->stats();
  const auto age_ns = setting.now_unix_ns() - stats.oldest_unix_ns.value_or(setting.now_unix_ns());
  if (trouble || stats.bytes > configuration.spool.max_bytes / 2 ||
      stats.file_bytes > configuration.spool.max_bytes / 2 ||
      age_ns > configuration.spool.max_age_ns / 2 ||
      batcher.pending() >= configuration.max_batch_samples) {
    return 0;
  }
  return configuration.max_batch_samples - batcher.pending();
}

Streams Agent::Impl::make_streams(const Configuration& from) {
  const auto credentials = endpoint::client_credentials(tls);
  Streams made{
      .ledger = std::make_unique<uplink::Ledger>(*spool, from.collectors.size(), from.quorum),
      .uplinks = {}};
  for (std::size_t index = 0; index < from.collectors.size(); ++index) {
    const CollectorConfiguration& collector = from.collectors[index];
    made.uplinks.push_back(std::make_unique<uplink::Uplink>(
        setting.io,
        uplink::Options{.station = from.station,
                        .boot = setting.boot,
                        .address = collector.address,
                        .name = collector.name,
                        .window = from.max_unacknowledged_batches,
                        .backlog_samples_per_second = from.backlog_samples_per_second},
        credentials, *spool, *made.ledger, index, setting.now_unix_ns,
        [this, name = collector.name](const uplink::Wishes& wishes) { take(name, wishes); }));
  }
  return made;
}

void Agent::Impl::start_source(sources::Source& source) {
  source.start([this](std::span<const codec::Observation> observations) { observe(observations); });
}

void Agent::Impl::observe(std::span<const codec::Observation> observations) {
  const bool first = batcher.pending() == 0;
  batcher.observe(observations);
  if (batcher.full()) return cut();
  if (!first || batcher.pending() == 0) return;
  // Somebody waits: a moment, so that what belongs together goes together. Nobody does: long enough
  // that what will be read back is in large batches.
  const bool heard =
      std::ranges::any_of(streams.uplinks, [](const auto& uplink) { return uplink->connected(); });
  cut_after(heard ? configuration.batch_linger_ns : configuration.batch_offline_linger_ns);
}

void Agent::Impl::cut_after(std::int64_t wait_ns) {
  linger.expires_after(nanoseconds(wait_ns));
  linger.async_wait([this](const asio::error_code& error) {
    if (!error) cut();
  });
}

void Agent::Impl::cut() {
  for (const Batcher::Cut& each : batcher.cut(setting.now_unix_ns())) {
    for (const auto& uplink : streams.uplinks) uplink->offer(each.position, each.batch);
    sync_soon();
  }
  tell_trouble();
}

// Once for the batches of a burst, which need not wait for the disk to be sent.
void Agent::Impl::sync_soon() {
  if (std::exchange(is_to_sync, true)) return;
  syncing.expires_after(kSyncAfter);
  syncing.async_wait([this](const asio::error_code& error) {
    is_to_sync = false;
    if (error || stopped) return;  // stop() has done it
    (void)spool->sync();
    tell_trouble();
  });
}

void Agent::Impl::tell_trouble() {
  const auto now = batcher.trouble() ? batcher.trouble() : spool->trouble();
  if (now && !trouble) {
    spdlog::error("spool state=refusing {}", now->message());
  } else if (!now && trouble) {
    spdlog::info("spool state=taking");
  }
  trouble = now;
}

void Agent::Impl::keep_house() {
  housekeeping.expires_after(kHousekeeping);
  housekeeping.async_wait([this](const asio::error_code& error) {
    if (error || stopped) return;
    if (batcher.trouble()) cut();  // the spool may take it now
    (void)tls->current();          // says what is wrong before a connection needs it
    (void)spool->flush();
    tell_trouble();
    const auto done = [](auto& each) { return --each.first <= 0; };
    std::erase_if(retired_streams, done);
    std::erase_if(retired_sources, done);
    publish();
    keep_house();
  });
}

void Agent::Impl::publish() {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->station = configuration.station;
  snapshot->boot = setting.boot;
  snapshot->series = batcher.series();
  snapshot->pending_samples = batcher.pending();
  snapshot->batcher = batcher.counts();
  snapshot->spool_trouble = trouble;
  snapshot->spool = spool->stats();
  snapshot->reloads = reloads;
  snapshot->configuration_stale = configuration_stale;
  for (const auto& uplink : streams.uplinks) snapshot->uplinks.push_back(uplink->status());
  for (const auto& [kind, source] : sources) snapshot->sources.push_back(source->health());
  setting.board->put(std::move(snapshot));
}

void Agent::Impl::take(const std::string& collector, const uplink::Wishes& wishes) {
  batcher.limit(wishes.max_batch_samples, wishes.max_series);
  // What was waiting as nobody listened has waited enough.
  if (batcher.pending() > 0) cut_after(configuration.batch_linger_ns);
  if (!wishes.reload_request) return;
  spdlog::info("configuration collector={} asks to read it again", collector);
  // Behind what the stream is doing, which may be exchanged.
  asio::post(setting.io, [this, collector, request = *wishes.reload_request] {
    if (stopped) return;
    codec::ReloadAnswer answer = reload();
    answer.request = request;
    for (const auto& uplink : streams.uplinks) {
      if (uplink->status().collector == collector) uplink->answer(answer);
    }
  });
}

codec::ReloadAnswer Agent::Impl::reload() {
  codec::ReloadAnswer answer;
  if (!setting.read_configuration) {
    answer.detail = "the agent has no file to read";
    return answer;
  }
  auto fresh = setting.read_configuration();
  auto applied = fresh ? apply(std::move(*fresh))
                       : Result<std::vector<Difference>>(tl::unexpected(fresh.error()));
  configuration_stale = !applied;
  if (!applied) {
    ++reloads["refused"];
    answer.detail = applied.error().message();
    spdlog::error("configuration state=refused, the old one stays: {}", answer.detail);
  } else if (applied->empty()) {
    ++reloads["unchanged"];
    answer.outcome = codec::ReloadAnswer::Outcome::kUnchanged;
    spdlog::info("configuration state=unchanged");
  } else {
    ++reloads["applied"];
    answer.outcome = codec::ReloadAnswer::Outcome::kApplied;
    for (const Difference& each : *applied) {
      answer.differences.push_back(to_string(each));
      spdlog::info("configuration state=applied {}", answer.differences.back());
    }
  }
  publish();
  return answer;
}

// Everything that can fail comes first.
Result<std::vector<Difference>> Agent::Impl::apply(Configuration fresh) {
  const auto changed = differences(configuration.settings, fresh.settings);
  if (auto allowed = check_without_restart(changed); !allowed) {
    return tl::unexpected(allowed.error());
  }
  const bool new_streams = touches(changed, "collectors") || touches(changed, "tls") ||
                           fresh.quorum != configuration.quorum;
  std::shared_ptr<endpoint::TlsWatch> fresh_tls;
  if (new_streams) {
    auto opened = endpoint::TlsWatch::open(fresh.tls);
    if (!opened) return tl::unexpected(opened.error());
    fresh_tls = std::move(*opened);
  }
  std::vector<std::string> exchanged;
  for (const sources::Kind& kind : sources::kinds()) {
    if (!touches(changed, kind.key)) continue;
    exchanged.emplace_back(kind.key);
    if (auto done = exchange_sources(fresh, exchanged.back()); !done) {
      for (const std::string& each : exchanged) {
        if (auto back = exchange_sources(configuration, each); !back) {
          spdlog::error("source kind={} cannot go back: {}", each, back.error().message());
        }
      }
      return tl::unexpected(done.error());
    }
  }

  spool->bound(fresh.spool);
  batcher.set_max_batch_samples(fresh.max_batch_samples);
  if (touches(changed, "log_level")) {
    spdlog::set_level(spdlog::level::from_str(fresh.log_level));
  }
  if (new_streams) {
    for (const auto& uplink : streams.uplinks) uplink->stop();
    tls = std::move(fresh_tls);
    retired_streams.emplace_back(kRetiredForTicks, std::exchange(streams, make_streams(fresh)));
    for (const auto& uplink : streams.uplinks) uplink->start();
  } else if (touches(changed, "uplink")) {
    for (const auto& uplink : streams.uplinks) {
      uplink->limit(fresh.max_unacknowledged_batches, fresh.backlog_samples_per_second);
    }
  }
  configuration = std::move(fresh);
  return changed;
}

// The old ones first: a port may be used by both.
Result<void> Agent::Impl::exchange_sources(const Configuration& fresh, const std::string& kind) {
  for (auto& running : sources) {
    if (running.kind != kind) continue;
    running.source->stop();
    retire(std::move(running.source));
  }
  std::erase_if(sources, [](const RunningSource& running) { return !running.source; });
  auto made = make_sources(fresh, kind);
  if (!made) return tl::unexpected(made.error());
  for (auto& [its_kind, source] : *made) {
    start_source(*source);
    sources.push_back({its_kind, std::move(source)});
  }
  return {};
}

Result<std::unique_ptr<Agent>> Agent::make(Configuration configuration, Setting setting) {
  auto tls = endpoint::TlsWatch::open(configuration.tls);
  if (!tls) return tl::unexpected(tls.error());
  auto spool = open_spool(configuration);
  if (!spool) return tl::unexpected(spool.error());
  auto impl = std::make_unique<Impl>(std::move(configuration), std::move(setting), std::move(*tls),
                                     std::move(*spool));
  for (const sources::Kind& kind : sources::kinds()) {
    auto made = impl->make_sources(impl->configuration, std::string(kind.key));
    if (!made) return tl::unexpected(made.error());
    std::ranges::move(*made, std::back_inserter(impl->sources));
  }
  impl->streams = impl->make_streams(impl->configuration);
  return std::unique_ptr<Agent>(new Agent(std::move(impl)));
}

void Agent::start() {
  Impl& impl = *impl_;
  impl.tell_trouble();
  for (const auto& uplink : impl.streams.uplinks) uplink->start();
  for (const auto& [kind, source] : impl.sources) impl.start_source(*source);
  impl.publish();
  impl.keep_house();
}

void Agent::reload() { (void)impl_->reload(); }

void Agent::stop() {
  Impl& impl = *impl_;
  impl.stopped = true;
  for (const auto& [kind, source] : impl.sources) source->stop();
  impl.linger.cancel();
  impl.housekeeping.cancel();
  impl.cut();
  impl.syncing.cancel();
  for (const auto& uplink : impl.streams.uplinks) uplink->stop();
  if (auto flushed = impl.spool->flush(); !flushed) {
    spdlog::warn("spool {}", flushed.error().message());
  }
}

}  // namespace caspilink::runtime
