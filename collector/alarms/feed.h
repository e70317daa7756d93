// Alarm events for those who watch, from the thread that owns the state to any other. Each watcher
// has a bounded queue; one that does not keep up loses what it has not taken, is told so, and lists
// the standing alarms anew.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "collector/alarms/alarm.h"

namespace caspilink::alarms {

class Watcher {
 public:
  // `ready` is called on the owner's thread when events begin to wait; must be quick, must not
  // throw and must not call back into the watcher.
  Watcher(std::size_t capacity, std::function<void()> ready)
      : capacity_(capacity), ready_(std::move(ready)) {}

  struct Taken {
    std::vector<Event> events;  // in the order they happened
    bool lost = false;          // there were more before these; list anew
  };
  // Thread-safe.
  [[nodiscard]] Taken take() {
    const std::lock_guard lock(mutex_);
    Taken taken{.events = {waiting_.begin(), waiting_.end()}, .lost = lost_};
    waiting_.clear();
    lost_ = false;
    return taken;
  }

 private:
  friend class Feed;
  void put(const std::vector<Event>& events) {
    bool call = false;
    {
      const std::lock_guard lock(mutex_);
      call = waiting_.empty() && !lost_;
      for (const Event& event : events) waiting_.push_back(event);
      if (waiting_.size() > capacity_) {
        waiting_.clear();
        lost_ = true;
      }
    }
    if (call && ready_) ready_();
  }

  const std::size_t capacity_;
  const std::function<void()> ready_;
  std::mutex mutex_;
  std::deque<Event> waiting_;
  bool lost_ = false;
};

// Thread-safe. A watcher ends when its last owner lets go of it.
class Feed {
 public:
  [[nodiscard]] std::shared_ptr<Watcher> watch(std::size_t capacity, std::function<void()> ready) {
    auto watcher = std::make_shared<Watcher>(capacity, std::move(ready));
    const std::lock_guard lock(mutex_);
    watchers_.push_back(watcher);
    return watcher;
  }

  void publish(const std::vector<Event>& events) {
    if (events.empty()) return;
    std::vector<std::shared_ptr<Watcher>> live;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(watchers_, [&](const std::weak_ptr<Watcher>& watcher) {
        auto alive = watcher.lock();
        if (!alive) return true;
        live.push_back(std::move(alive));
        return false;
      });
    }
    for (const auto& watcher : live) watcher->put(events);
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace caspilink::alarms
