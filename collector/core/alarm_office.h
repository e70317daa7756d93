// The core's part that deals with alarms: judges, records, tells watchers, and does what operators
// ask. Owned by the thread of the io_context; operators' calls and watching are thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <asio/io_context.hpp>

#include "collector/alarms/desk.h"
#include "collector/alarms/feed.h"
#include "collector/alarms/rules.h"
#include "collector/store/store.h"

namespace caspilink::core {

class AlarmOffice {
 public:
  using Clock = std::function<std::int64_t()>;  // unix nanoseconds

  AlarmOffice(asio::io_context& context, Clock clock, const plant::AlarmThresholds& thresholds);

  // Before the first message.
  void attach(store::Store& store, const store::Recovered& recovered);

  // On the context's thread: what stands as of `now`.
  void judge(std::int64_t now_unix_ns, const std::vector<alarms::Condition>& conditions);

  // What operators do; from any thread. `reply` comes once, on the context's thread, when it is
  // done and handed to the store with a line in the audit, or with why it was not: errors as of
  // alarms::Desk, and kUnavailable before there is a store. It must not throw.
  using AlarmReply = std::function<void(Result<alarms::AlarmPtr>)>;
  using WindowReply = std::function<void(Result<alarms::MaintenanceWindow>)>;
  void acknowledge(std::uint64_t alarm, alarms::Operator who, AlarmReply reply);
  void shelve(std::uint64_t alarm, alarms::Operator who, std::int64_t until_unix_ns,
              AlarmReply reply);
  void unshelve(std::uint64_t alarm, alarms::Operator who, AlarmReply reply);
  // Where the cause is by an operator's own measurement: locate::by_otdr and locate::cause_of.
  void place(std::uint64_t alarm, alarms::Operator who, alarms::Cause cause, AlarmReply reply);
  // The window's id, operator and note are filled in.
  void plan_maintenance(alarms::MaintenanceWindow window, alarms::Operator who, WindowReply reply);
  void end_maintenance(std::uint64_t window, alarms::Operator who, WindowReply reply);

  // On the context's thread: enters what an operator did into the log and the store.
  void audit(std::int64_t now, const std::string& action, const alarms::Operator& who,
             std::string target, std::string detail);

  // From any thread. Events from now on; the queue holds `capacity` of them. See alarms::Watcher.
  [[nodiscard]] std::shared_ptr<alarms::Watcher> watch(std::size_t capacity,
                                                       std::function<void()> ready) {
    return feed_.watch(capacity, std::move(ready));
  }

  // The same from a known beginning, from any thread: `begun` comes once, on the context's thread,
  // with the watcher and what stands; the watcher has every event after that. Must not throw.
  using Begun =
      std::function<void(std::shared_ptr<alarms::Watcher>, std::vector<alarms::AlarmPtr> standing)>;
  void watch_from_standing(std::size_t capacity, std::function<void()> ready, Begun begun);

  // On the context's thread.
  [[nodiscard]] std::vector<alarms::AlarmPtr> standing() const { return desk_.standing(); }
  [[nodiscard]] std::vector<alarms::MaintenanceWindow> windows() const { return desk_.windows(); }
  // Since the start, by alarms::Type.
  [[nodiscard]] const std::array<std::uint64_t, alarms::kTypeCount>& raised_total() const {
    return raised_total_;
  }

 private:
  using Action = std::function<Result<alarms::Event>(std::int64_t now)>;
  using WindowAction = std::function<Result<alarms::MaintenanceWindow>(std::int64_t now)>;

  void act(std::string action, alarms::Operator who, std::string detail, Action action_of,
           AlarmReply reply);
  void act(std::string action, alarms::Operator who, WindowAction action_of, WindowReply reply);
  void settle(const std::vector<alarms::Event>& events);

  asio::io_context& context_;
  const Clock clock_;
  const alarms::EngineSettings settings_;
  store::Store* store_ = nullptr;
  alarms::Desk desk_;
  alarms::Feed feed_;
  std::array<std::uint64_t, alarms::kTypeCount> raised_total_{};
};

}  // namespace caspilink::core
