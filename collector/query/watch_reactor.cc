#include "collector/query/watch_reactor.h"

#include <string>
#include <utility>

#include "collector/query/messages.h"

namespace caspilink::query {

std::shared_ptr<WatchReactor> WatchReactor::start(
    grpc::CallbackServerContext& context, core::AlarmOffice& office, Workers& workers,
    std::size_t capacity, bool roots_only, std::shared_ptr<exposition::SnapshotBoard> board) {
  std::shared_ptr<WatchReactor> reactor(
      new WatchReactor(context, workers, roots_only, std::move(board)));
  reactor->keep(reactor);
  const std::weak_ptr<WatchReactor> weak = reactor;
  // Both are called on the thread that owns the state: what there is to do is done elsewhere.
  const auto ready = [weak, &workers] {
    if (weak.expired()) return;
    workers.post([weak] {
      if (const auto self = weak.lock()) self->pump();
    });
  };
  office.watch_from_standing(
      capacity, ready,
      [weak, &workers](std::shared_ptr<alarms::Watcher> watcher,
                       std::vector<alarms::AlarmPtr> standing) {
        if (weak.expired()) return;
        workers.post([weak, watcher = std::move(watcher), standing = std::move(standing)] {
          if (const auto self = weak.lock()) self->begin(watcher, standing);
        });
      });
  return reactor;
}

void WatchReactor::begin(std::shared_ptr<alarms::Watcher> watcher,
                         const std::vector<alarms::AlarmPtr>& standing) {
  std::vector<wire::WatchAlarmsResponse> messages;
  const auto snapshot = board_->latest();
  for (const alarms::AlarmPtr& alarm : standing) {
    if (roots_only_ && alarm->parent != 0) continue;
    write(*alarm, snapshot.get(), *messages.emplace_back().mutable_standing());
  }
  const auto count = static_cast<std::uint32_t>(messages.size());
  messages.emplace_back().mutable_listed()->set_standing(count);
  const std::lock_guard lock(pumping_);
  watcher_ = std::move(watcher);
  send(std::move(messages));
}

void WatchReactor::pump() {
  const std::lock_guard lock(pumping_);
  if (!watcher_ || !idle()) return;
  auto taken = watcher_->take();
  if (taken.lost) {
    finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
            "too slow: events were missed; watch again to see what stands"});
    return;
  }
  std::vector<wire::WatchAlarmsResponse> messages;
  const auto snapshot = board_->latest();
  for (const alarms::Event& event : taken.events) {
    if (roots_only_ && event.alarm->parent != 0) continue;
    auto& out = *messages.emplace_back().mutable_event();
    out.set_kind(std::string(alarms::to_string(event.kind)));
    write(*event.alarm, snapshot.get(), *out.mutable_alarm());
  }
  send(std::move(messages));
}

void WatchReactor::done() {
  const std::lock_guard lock(pumping_);
  watcher_.reset();
}

}  // namespace caspilink::query
