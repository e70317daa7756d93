#include "collector/core/alarm_office.h"

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "collector/core/alarm_record.h"

namespace caspilink::core {
namespace {

std::int64_t to_ns(Seconds seconds) { return static_cast<std::int64_t>(seconds.value() * 1e9); }

void log(const alarms::Event& event) {
  const alarms::Alarm& alarm = *event.alarm;
  // A cable full of channels would drown the log; the root says how it is.
  if (alarm.parent != 0) return;
  const auto level = event.kind == alarms::Event::Kind::kRaised ||
                             event.kind == alarms::Event::Kind::kWorsened ||
                             event.kind == alarms::Event::Kind::kPromoted
                         ? spdlog::level::warn
                         : spdlog::level::info;
  spdlog::log(level, "alarm {} {}: {} {}: {}", alarm.id, alarms::to_string(event.kind),
              alarms::to_string(alarm.severity), alarms::describe(alarm.key), alarm.text);
}

}  // namespace

AlarmOffice::AlarmOffice(asio::io_context& context, Clock clock,
                         const plant::AlarmThresholds& thresholds)
    : context_(context),
      clock_(std::move(clock)),
      settings_(alarms::engine_settings({.raise_ns = to_ns(thresholds.raise_hold_off),
                                         .clear_ns = to_ns(thresholds.clear_hold_off)})),
      desk_(settings_) {}

void AlarmOffice::attach(store::Store& store, const store::Recovered& recovered) {
  store_ = &store;
  desk_ = alarms::Desk(settings_, recovered.next_alarm_id);
  for (const auto& record : recovered.standing_alarms) {
    if (auto alarm = alarm_of(record)) desk_.restore(std::move(*alarm));
  }
  for (const auto& record : recovered.maintenance) {
    if (auto window = window_of(record)) desk_.restore(std::move(*window));
  }
}

void AlarmOffice::judge(std::int64_t now_unix_ns,
                        const std::vector<alarms::Condition>& conditions) {
  settle(desk_.step(now_unix_ns, conditions));
}

void AlarmOffice::watch_from_standing(std::size_t capacity, std::function<void()> ready,
                                      Begun begun) {
  asio::post(context_, [this, capacity, ready = std::move(ready), begun = std::move(begun)] {
    begun(feed_.watch(capacity, ready), desk_.standing());
  });
}

void AlarmOffice::settle(const std::vector<alarms::Event>& events) {
  for (const alarms::Event& event : events) {
    log(event);
    store_->record(record_of(*event.alarm));
    if (event.kind == alarms::Event::Kind::kRaised) {
      ++raised_total_[static_cast<std::size_t>(event.alarm->key.type)];
    }
  }
  feed_.publish(events);
}

void AlarmOffice::audit(std::int64_t now, const std::string& action, const alarms::Operator& who,
                        std::string target, std::string detail) {
  spdlog::info("{} by {}: {} {}", action, who.name, target, detail);
  store_->record(store::AuditRecord{.at_unix_ns = now,
                                    .operator_name = who.name,
                                    .action = action,
                                    .target = std::move(target),
                                    .detail = std::move(detail)});
}

void AlarmOffice::act(std::string action, alarms::Operator who, std::string detail,
                      Action action_of, AlarmReply reply) {
  asio::post(context_,
             [this, action = std::move(action), who = std::move(who), detail = std::move(detail),
              action_of = std::move(action_of), reply = std::move(reply)] {
               if (store_ == nullptr) {
                 reply(fail(ErrorCode::kUnavailable, "", "the collector is starting"));
                 return;
               }
               const std::int64_t now = clock_();
               auto event = action_of(now);
               if (!event) {
                 reply(tl::unexpected(event.error()));
                 return;
               }
               const alarms::Alarm& alarm = *event->alarm;
               audit(now, action, who,
                     fmt::format("alarm {} {}", alarm.id, alarms::describe(alarm.key)), detail);
               settle({*event});
               reply(event->alarm);
             });
}

void AlarmOffice::acknowledge(std::uint64_t alarm, alarms::Operator who, AlarmReply reply) {
  act(
      "acknowledge", who, who.note,
      [this, alarm, who](std::int64_t now) { return desk_.acknowledge(alarm, who, now); },
      std::move(reply));
}

void AlarmOffice::shelve(std::uint64_t alarm, alarms::Operator who, std::int64_t until_unix_ns,
                         AlarmReply reply) {
  act(
      "shelve", who, fmt::format("until {}: {}", until_unix_ns, who.note),
      [this, alarm, who, until_unix_ns](std::int64_t now) {
        return desk_.shelve(alarm, who, until_unix_ns, now);
      },
      std::move(reply));
}

void AlarmOffice::unshelve(std::uint64_t alarm, alarms::Operator who, AlarmReply reply) {
  act(
      "unshelve", who, who.note,
      [this, alarm, who](std::int64_t) { return desk_.unshelve(alarm, who); }, std::move(reply));
}

void AlarmOffice::place(std::uint64_t alarm, alarms::Operator who, alarms::Cause cause,
                        AlarmReply reply) {
  std::string detail = fmt::format("{}: {}", cause.text, who.note);
  act(
      "place", who, std::move(detail),
      [this, alarm, who, cause = std::move(cause)](std::int64_t) {
        return desk_.place(alarm, who, cause);
      },
      std::move(reply));
}

void AlarmOffice::act(std::string action, alarms::Operator who, WindowAction action_of,
                      WindowReply reply) {
  asio::post(context_, [this, action = std::move(action), who = std::move(who),
                        action_of = std::move(action_of), reply = std::move(reply)] {
    if (store_ == nullptr) {
      reply(fail(ErrorCode::kUnavailable, "", "the collector is starting"));
      return;
    }
    const std::int64_t now = clock_();
    auto window = action_of(now);
    if (window) {
      store_->record(record_of(*window));
      audit(now, action, who, fmt::format("maintenance {}", window->id),
            fmt::format("from {} until {}: {}", window->from_unix_ns, window->until_unix_ns,
                        who.note));
    }
    reply(std::move(window));
  });
}

void AlarmOffice::plan_maintenance(alarms::MaintenanceWindow window, alarms::Operator who,
                                   WindowReply reply) {
  act(
      "plan_maintenance", who,
      [this, window = std::move(window), who](std::int64_t now) {
        return desk_.plan(window, who, now);
      },
      std::move(reply));
}

void AlarmOffice::end_maintenance(std::uint64_t window, alarms::Operator who, WindowReply reply) {
  act(
      "end_maintenance", who,
      [this, window, who](std::int64_t now) { return desk_.end(window, who, now); },
      std::move(reply));
}

}  // namespace caspilink::core
