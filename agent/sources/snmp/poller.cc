#include "agent/sources/snmp/poller.h"

#include <chrono>
#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "agent/sources/snmp/mapping.h"
#include "agent/sources/snmp/poll.h"

namespace caspilink::snmp {
namespace {

class Poller final : public sources::Source {
 public:
  Poller(TargetConfiguration target, MakeSession make_session, const sources::Context& context)
      : interval_(target.interval_ns),
        limits_{.max_repetitions = target.max_repetitions, .max_rows = target.max_rows},
        make_session_(std::move(make_session)),
        now_unix_ns_(context.now_unix_ns),
        timer_(context.io),
        mapping_(target) {
    health_.name = target.name;
    health_.kind = "snmp";
  }

  void start(sources::Sink sink) override {
    sink_ = std::move(sink);
    poll();
  }

  void stop() override {
    sink_ = nullptr;
    timer_.cancel();
    session_.reset();  // nothing that it was asked for is answered now
    poll_.reset();
  }

  [[nodiscard]] sources::Health health() const override { return health_; }

 private:
  void poll() {
    // The next poll counts from the beginning of this one, and waits for its end.
    timer_.expires_after(interval_);
    if (!session_) session_ = make_session_();
    poll_.emplace(*session_, mapping_.questions(), limits_,
                  [this](tl::expected<Answers, Failure> answers) {
                    ++health_.counters["polls"];
                    answers ? take(*answers) : fail(answers.error());
                    poll_later();
                  });
    poll_->start();
  }

  void poll_later() {
    timer_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled && sink_) poll();
    });
  }

  void fail(const Failure& failure) {
    ++health_.errors[failure.kind];
    if (health_.up || health_.detail.empty()) {
      spdlog::warn("snmp agent does not answer source={} kind={} detail=\"{}\"", health_.name,
                   failure.kind, failure.detail);
    }
    health_.up = false;
    health_.detail = failure.detail;
    mapping_.missed();
    session_.reset();
  }

  void take(const Answers& answers) {
    if (!health_.up) spdlog::info("snmp agent answers source={}", health_.name);
    const std::int64_t now = now_unix_ns_();
    const Mapped mapped = mapping_.map(answers, now);
    health_.up = true;
    health_.last_update_unix_ns = now;
    health_.observations += mapped.observations.size();
    if (mapped.restarted) {
      ++health_.counters["restarts"];
      spdlog::warn("snmp agent restarted source={}", health_.name);
    }
    health_.parts["rows_with_place"] = mapped.rows_with_place;
    health_.parts["rows_without_place"] = mapped.rows_without;
    for (const auto& [kind, count] : answers.troubles) health_.errors[kind] += count;
    for (const auto& [kind, count] : mapped.errors) health_.errors[kind] += count;
    if (!mapped.example.empty() && mapped.example != health_.detail) {
      spdlog::warn("snmp value source={} detail=\"{}\"", health_.name, mapped.example);
    }
    health_.detail = mapped.example;
    if (!mapped.observations.empty()) sink_(mapped.observations);
  }

  const std::chrono::nanoseconds interval_;
  const PollLimits limits_;
  const MakeSession make_session_;
  const sources::Clock now_unix_ns_;
  sources::Sink sink_;
  sources::Health health_;
  asio::steady_timer timer_;
  Mapping mapping_;
  std::unique_ptr<Session> session_;
  std::optional<Poll> poll_;
};

}  // namespace

std::unique_ptr<sources::Source> make_poller(TargetConfiguration target, MakeSession make_session,
                                             const sources::Context& context) {
  return std::make_unique<Poller>(std::move(target), std::move(make_session), context);
}

}  // namespace caspilink::snmp
