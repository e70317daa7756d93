#include "agent/latency/probe_source.h"

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "agent/latency/observations.h"
#include "agent/latency/reflector_port.h"
#include "agent/latency/session_port.h"

namespace caspilink::latency {
namespace {

using std::chrono::nanoseconds;

// Sessions that share a wake-up. The kernel stamps each probe as it leaves, so what queues behind
// another does so before its time counts; on a slow interface the last of four waits for three.
constexpr int kProbesAtOnce = 4;

Result<std::optional<Key>> load_key(const std::string& file) {
  if (file.empty()) return std::nullopt;
  auto key = Key::load(file);
  if (!key) return tl::unexpected(key.error());
  return *key;
}

class Source final : public ProbeSource {
 public:
  Source(const Configuration& configuration, const sources::Context& context,
         std::shared_ptr<const Clock> clock)
      : owner_(context.io),
        now_unix_ns_(context.now_unix_ns),
        clock_(std::move(clock)),
        configuration_(configuration),
        report_interval_(configuration.report_interval_ns),
        timer_(io_) {}

  ~Source() override {
    if (thread_.joinable()) stop();
  }

  Result<void> open() {
    std::uint16_t id = 0;
    for (const SessionConfiguration& session : configuration_.sessions) {
      auto key = load_key(session.key_file);
      if (!key) return tl::unexpected(key.error());
      sessions_.push_back(
          std::make_unique<SessionPort>(io_, *clock_, session.address,
                                        Session::Options{.id = ++id,
                                                         .interval_ns = session.interval_ns,
                                                         .timeout_ns = session.timeout_ns,
                                                         .peer = session.reflector,
                                                         .dscp = session.dscp,
                                                         .tlvs = session.tlvs,
                                                         .key = *key},
                                        configuration_.kernel_stamps));
    }
    if (!configuration_.reflector) return {};
    const ReflectorConfiguration& reflector = *configuration_.reflector;
    auto key = load_key(reflector.key_file);
    if (!key) return tl::unexpected(key.error());
    reflector_.emplace(io_, *clock_,
                       Reflector::Options{.stateful = reflector.stateful,
                                          .limits = reflector.limits,
                                          .allow = reflector.allow,
                                          .key = *key,
                                          .may_set_dscp = reflector.may_set_dscp,
                                          .dscp = reflector.dscp});
    if (auto opened = reflector_->open(reflector.listen, configuration_.kernel_stamps); !opened) {
      return opened;
    }
    reflector_address_ = reflector.listen;
    reflector_address_.port = reflector_->port();
    return {};
  }

  void start(sources::Sink sink) override {
    sink_ = std::make_shared<sources::Sink>(std::move(sink));
    weak_sink_ = sink_;
    if (reflector_) reflector_->start();
    const int at_once = configuration_.kernel_stamps ? kProbesAtOnce : 1;
    const int groups = (static_cast<int>(sessions_.size()) + at_once - 1) / at_once;
    for (std::size_t index = 0; index < sessions_.size(); ++index) {
      sessions_[index]->start(nanoseconds(configuration_.sessions[index].interval_ns) *
                              (static_cast<int>(index) / at_once) / groups);
    }
    timer_.expires_at(
        next_on_grid(std::chrono::steady_clock::now() + report_interval_, report_interval_));
    report_later();
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop() override {
    sink_.reset();
    asio::post(io_, [this] {
      stopped_ = true;
      timer_.cancel();
      if (reflector_) reflector_->stop();
      for (const auto& session : sessions_) session->stop();
    });
    thread_.join();
  }

  sources::Health health() const override {
    const std::lock_guard lock(mutex_);
    return health_;
  }

  endpoint::Address reflector_address() const override { return reflector_address_; }

 private:
  void report_later() {
    timer_.async_wait([this](const asio::error_code& error) {
      if (error || stopped_) return;
      report();
      timer_.expires_at(timer_.expiry() + report_interval_);
      report_later();
    });
  }

  void report() {
    std::vector<codec::Observation> observations;
    const std::int64_t now = now_unix_ns_();
    for (std::size_t index = 0; index < sessions_.size(); ++index) {
      if (const auto report = sessions_[index]->report()) {
        observe(*report, configuration_.sessions[index], now, observations);
      }
    }
    note_health(observations.size(), now);
    if (observations.empty()) return;
    asio::post(owner_, [sink = weak_sink_, observations = std::move(observations)] {
      if (const auto alive = sink.lock()) (*alive)(observations);
    });
  }

  void note_health(std::size_t observations, std::int64_t now) {
    Counters counters;
    std::map<std::string, std::uint64_t> parts;
    std::vector<sources::Distribution> distributions;
    std::uint64_t answered = 0;
    const auto note_stamps = [&](bool by_kernel) {
      ++parts[by_kernel ? "stamps_by_kernel" : "stamps_by_user"];
    };
    for (std::size_t index = 0; index < sessions_.size(); ++index) {
      const SessionPort& port = *sessions_[index];
      count(port.session(), counters);
      counters["send_errors"] += port.errors();
      describe(port.session(), configuration_.sessions[index], distributions);
      note_stamps(port.stamped_by_kernel());
      answered += port.session().counts().answered;
    }
    if (reflector_) {
      count(reflector_->reflector(), counters);
      note_stamps(reflector_->stamped_by_kernel());
    }
    const std::lock_guard lock(mutex_);
    health_.counters = std::move(counters);
    health_.parts = std::move(parts);
    health_.distributions = std::move(distributions);
    health_.observations += observations;
    health_.up = sessions_.empty() || answered > answered_;
    if (answered > answered_) health_.last_update_unix_ns = now;
    health_.detail = health_.up ? "" : "no probe was answered in the last interval";
    answered_ = answered;
  }

  asio::io_context& owner_;
  const sources::Clock now_unix_ns_;
  const std::shared_ptr<const Clock> clock_;
  const Configuration configuration_;
  const nanoseconds report_interval_;
  endpoint::Address reflector_address_;
  std::shared_ptr<sources::Sink> sink_;  // the owner's

  // The thread's.
  asio::io_context io_{1};
  asio::steady_timer timer_;
  std::weak_ptr<sources::Sink> weak_sink_;  // only passed on
  std::optional<ReflectorPort> reflector_;
  std::vector<std::unique_ptr<SessionPort>> sessions_;
  std::uint64_t answered_ = 0;
  bool stopped_ = false;

  mutable std::mutex mutex_;
  sources::Health health_{.name = "stamp", .kind = "stamp"};

  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<ProbeSource>> make_probe_source(const Configuration& configuration,
                                                       const sources::Context& context,
                                                       std::shared_ptr<const Clock> clock) {
  auto source = std::make_unique<Source>(configuration, context, std::move(clock));
  if (auto opened = source->open(); !opened) return tl::unexpected(opened.error());
  return source;
}

}  // namespace caspilink::latency
