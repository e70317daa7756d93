#include "collector/program/collector.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "collector/assess/verdict_bins.h"
#include "collector/core/core.h"
#include "collector/exposition/render.h"
#include "collector/ingest/server.h"
#include "collector/page/live.h"
#include "collector/performance/recorder.h"
#include "collector/program/allocator.h"
#include "collector/program/periodic.h"
#include "collector/query/server.h"
#include "collector/remote_write/receiver.h"
#include "collector/remote_write/writer.h"
#include "collector/store/sqlite_store.h"
#include "collector/twin/settings.h"
#include "link_models/formats/plant_yaml.h"
#include "proto/endpoint/ops_server.h"
#include "proto/endpoint/web_access.h"

namespace caspilink::program {
namespace {

// A snapshot older than this many assessments means that the owner of the state is stuck.
constexpr double kStuckAfterIntervals = 20;

constexpr std::chrono::seconds kPerformanceInterval{1};
constexpr std::chrono::milliseconds kSendingInterval{500};
constexpr std::chrono::seconds kPageInterval{1};
constexpr std::chrono::seconds kTidyInterval{60};

std::int64_t to_ns(Seconds seconds) { return static_cast<std::int64_t>(seconds.value() * 1e9); }

}  // namespace

constexpr std::int64_t kSettingsStaleness_ns = 150'000'000'000;

core::Settings core_settings(const Config& config, const plant::Plant& plant,
                             std::int64_t now_unix_ns) {
  core::Settings settings = config.core;
  const JudgingConfig& judging = config.judging;
  const Seconds staleness = judging.staleness.value_or(plant.thresholds.staleness);
  settings.assess = {.staleness_ns = to_ns(staleness),
                     .silence_ns = to_ns(config.silence.value_or(staleness)),
                     .started_unix_ns = now_unix_ns,
                     .tolerances = judging.tolerances_for(plant.thresholds)};
  settings.freshness = judging.freshness;
  for (const codec::QuantityInfo& row : codec::quantities()) {
    // Sent when they change, and once a minute by agents' usual heartbeat.
    if (!twin::is_setting(row.quantity) || row.quantity == codec::Quantity::kPumpPower) continue;
    settings.freshness.of_quantity_ns.try_emplace(row.quantity, kSettingsStaleness_ns);
  }
  settings.baselines = judging.baselines;
  return settings;
}

Result<std::shared_ptr<const twin::Model>> model_of(const Config& config) {
  auto plant = formats::load_plant(config.plant_file);
  if (!plant) return tl::unexpected(plant.error());
  auto model = twin::Model::build(std::make_shared<const plant::Plant>(std::move(*plant)));
  if (!model) return tl::unexpected(model.error());
  return std::make_shared<const twin::Model>(std::move(*model));
}

Result<Prepared> prepare(Config config) {
  auto model = model_of(config);
  if (!model) return tl::unexpected(model.error());
  if (auto good = endpoint::check_tls_files(config.tls); !good) {
    return tl::unexpected(good.error());
  }
  if (!config.web_config_file.empty()) {
    if (auto good = endpoint::WebAccess::open(config.web_config_file); !good) {
      return tl::unexpected(good.error());
    }
  }
  auto design = twin::Design::of((*model)->plant());
  if (!design) return tl::unexpected(design.error());
  return Prepared{
      .config = std::move(config), .model = std::move(*model), .design = std::move(*design)};
}

// One receiver of remote write and the thread that serves it.
class Sending {
 public:
  Sending(std::unique_ptr<remote_write::Writer> writer, Collector::Clock clock, core::Core& core)
      : writer_(std::move(writer)),
        thread_(kSendingInterval, [this, clock = std::move(clock), &core] {
          if (const auto done = writer_->step(clock()); !done) {
            spdlog::error("remote write to {}: {}", writer_->status().receiver,
                          done.error().message());
          }
          core.written(writer_->status());
        }) {}
  ~Sending() { writer_->stop(); }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

 private:
  std::unique_ptr<remote_write::Writer> writer_;
  Periodic thread_;
};

namespace {

// Judges a quarter of an hour of the past, from the store.
performance::Judge judge_of(const Prepared& prepared, std::int64_t now_unix_ns,
                            std::shared_ptr<store::History> history) {
  const core::Settings judging =
      core_settings(prepared.config, prepared.model->plant(), now_unix_ns);
  return [history = std::move(history), model = prepared.model,
          settings = assess::ReplaySettings{.assess = judging.assess,
                                            .freshness = judging.freshness,
                                            .follow = judging.follow}](std::int64_t start_unix_s) {
    return assess::verdict_bins(*history, model, settings, start_unix_s);
  };
}

}  // namespace

struct Collector::Impl {
  Impl(const Prepared& prepared, Clock now)
      : clock(std::move(now)),
        interval(prepared.config.judging.interval),
        core(context, clock, prepared.model,
             core_settings(prepared.config, prepared.model->plant(), clock()), board),
        live(board, prepared.design) {}

  ~Impl() {
    ending = true;
    if (performance) performance->stop();
    if (past) past->stop();
  }

  // Members end in reverse: first nobody scrapes or asks, then no agent speaks, then what is queued
  // is written, and only then goes the owner of the state.
  const Clock clock;
  const Seconds interval;
  std::atomic<bool> ending = false;
  std::shared_ptr<endpoint::TlsWatch> tls;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  asio::steady_timer timer{context};
  asio::signal_set signals{context};
  std::shared_ptr<exposition::SnapshotBoard> board = std::make_shared<exposition::SnapshotBoard>();
  core::Core core;
  std::unique_ptr<store::SqliteStore> store;
  std::shared_ptr<store::History> past;  // what the recorder judges
  std::unique_ptr<performance::Recorder> performance;
  std::unique_ptr<Periodic> performing;
  std::vector<std::unique_ptr<Sending>> sending;
  std::unique_ptr<ingest::Server> server;
  page::Live live;
  std::unique_ptr<Periodic> showing;
  std::unique_ptr<Periodic> tidying;
  std::unique_ptr<query::Server> queries;  // null: not served
  std::unique_ptr<endpoint::OpsServer> ops;

  Result<void> ready() const {
    const auto snapshot = board->latest();
    if (!snapshot) return fail(ErrorCode::kUnavailable, "", "nothing assessed yet");
    const double age = static_cast<double>(clock() - snapshot->time_unix_ns) * 1e-9;
    if (age > kStuckAfterIntervals * interval.value()) {
      return fail(ErrorCode::kUnavailable, "", fmt::format("nothing assessed for {:.1f} s", age));
    }
    if (snapshot->store.failing) {
      return fail(ErrorCode::kUnavailable, "", "the store cannot write");
    }
    return {};
  }

  // On a thread of its own.
  void perform() {
    const auto done = performance->step(clock());
    if (done) {
      core.performed(performance->latest());
    } else if (!ending) {
      spdlog::error("performance monitoring: {}", done.error().message());
    }
  }

  void tick() {
    core.tick();
    (void)tls->current();  // says what is wrong before a connection needs it
    server->sweep(clock());
    if (queries) queries->sweep(clock());
    timer.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(interval.value())));
    timer.async_wait([this](const std::error_code& error) {
      if (!error) tick();
    });
  }
};

Collector::Collector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Collector::~Collector() = default;

Result<std::unique_ptr<Collector>> Collector::start(Prepared prepared, Clock clock) {
  auto impl = std::make_unique<Impl>(prepared, clock);
  core::Core& core = impl->core;
  auto store = store::SqliteStore::open(
      prepared.config.store_dir, prepared.config.store,
      [&core](store::Commit commit) { core.committed(std::move(commit)); });
  if (!store) return tl::unexpected(store.error());
  impl->store = std::move(*store);
  core.attach(*impl->store, impl->store->take_recovered());

  auto past = store::History::open(prepared.config.store_dir);
  if (!past) return tl::unexpected(past.error());
  impl->past = std::move(*past);
  auto recorder = performance::Recorder::open(
      prepared.config.store_dir, *impl->store,
      std::shared_ptr<const plant::Plant>(prepared.model, &prepared.model->plant()),
      prepared.config.performance, clock(), judge_of(prepared, clock(), impl->past));
  if (!recorder) return tl::unexpected(recorder.error());
  impl->performance = std::move(*recorder);

  std::vector<std::unique_ptr<remote_write::Writer>> writers;
  for (const auto& settings : prepared.config.remote_write) {
    auto receiver = remote_write::http_receiver(settings);
    if (!receiver) return tl::unexpected(receiver.error());
    auto writer = remote_write::Writer::open(
        prepared.config.store_dir, *impl->store,
        std::shared_ptr<const plant::Plant>(prepared.model, &prepared.model->plant()), settings,
        std::move(*receiver));
    if (!writer) return tl::unexpected(writer.error());
    writers.push_back(std::move(*writer));
  }

  auto tls = endpoint::TlsWatch::open(prepared.config.tls);
  if (!tls) return tl::unexpected(tls.error());
  impl->tls = std::move(*tls);

  std::set<std::string, std::less<>> stations;
  for (const auto& station : prepared.model->plant().stations) stations.insert(station.id);
  auto server = ingest::Server::start({.listen = prepared.config.listen,
                                       .tls = impl->tls,
                                       .stations = std::move(stations),
                                       .limits = prepared.config.limits,
                                       .clock = clock},
                                      core);
  if (!server) return tl::unexpected(server.error());
  impl->server = std::move(*server);

  if (prepared.config.query_listen) {
    auto queries = query::Server::start(
        {.listen = *prepared.config.query_listen,
         .tls = impl->tls,
         .store_dir = prepared.config.store_dir,
         .limits = prepared.config.query_limits,
         .design = std::make_shared<const twin::Design>(prepared.design),
         .commission =
             [&core](auto scope, auto who, auto reply) {
               core.commission(std::move(scope), std::move(who), std::move(reply));
             },
         .reload =
             [&core](auto station, auto who, auto reply) {
               core.reload(std::move(station), std::move(who), std::move(reply));
             },
         .clock = std::move(clock),
         .denied = [&core](access::Denial reason) { core.denied(reason); }},
        core.alarms(), impl->board);
    if (!queries) return tl::unexpected(queries.error());
    impl->queries = std::move(*queries);
  }

  auto ops = endpoint::OpsServer::start({.program = "caspilink-collector",
                                         .listen = prepared.config.http_listen,
                                         .text =
                                             [board = impl->board] {
                                               const auto snapshot = board->latest();
                                               return snapshot ? exposition::render(*snapshot)
                                                               : std::string();
                                             },
                                         .ready = [impl = impl.get()] { return impl->ready(); },
                                         .pages = impl->live.pages(),
                                         .stream = impl->live.stream(),
                                         .web_config_file = prepared.config.web_config_file});
  if (!ops) return tl::unexpected(ops.error());
  impl->ops = std::move(*ops);
  impl->tick();
  impl->performing =
      std::make_unique<Periodic>(kPerformanceInterval, [impl = impl.get()] { impl->perform(); });
  for (auto& writer : writers) {
    impl->sending.push_back(std::make_unique<Sending>(std::move(writer), impl->clock, core));
  }
  impl->showing =
      std::make_unique<Periodic>(kPageInterval, [live = &impl->live] { live->refresh(); });
  impl->tidying = std::make_unique<Periodic>(kTidyInterval, return_free_memory);
  spdlog::info(
      "watching {}: agents on {}, metrics on {}/metrics, page on {}/, queries {}, store in {}",
      prepared.model->plant().name, impl->server->address().text(), impl->ops->url(),
      impl->ops->url(), impl->queries ? "on " + impl->queries->address().text() : "not served",
      prepared.config.store_dir);
  return std::unique_ptr<Collector>(new Collector(std::move(impl)));
}

void Collector::run(bool end_on_signals) {
  if (end_on_signals) {
    impl_->signals.add(SIGINT);
    impl_->signals.add(SIGTERM);
    impl_->signals.async_wait([this](const std::error_code& error, int signal) {
      if (error) return;
      spdlog::info("ending on signal {}", signal);
      impl_->context.stop();
    });
  }
  impl_->context.run();
}

void Collector::stop() { impl_->context.stop(); }

const endpoint::Address& Collector::grpc_address() const { return impl_->server->address(); }
const endpoint::Address& Collector::http_address() const { return impl_->ops->address(); }
const endpoint::Address* Collector::query_address() const {
  return impl_->queries ? &impl_->queries->address() : nullptr;
}

}  // namespace caspilink::program
