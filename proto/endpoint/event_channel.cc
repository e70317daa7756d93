#include "proto/endpoint/event_channel.h"

#include <utility>

#include <fmt/format.h>

namespace caspilink::endpoint {

std::string event_text(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

void EventChannel::state(std::string event) {
  auto shared = std::make_shared<const std::string>(std::move(event));
  {
    const std::lock_guard lock(mutex_);
    state_ = std::move(shared);
    ++newest_.states;
    newest_.beats = 0;
  }
  news_.notify_all();
}

void EventChannel::beat(std::string event) {
  auto shared = std::make_shared<const std::string>(std::move(event));
  {
    const std::lock_guard lock(mutex_);
    beat_ = std::move(shared);
    ++newest_.beats;
  }
  news_.notify_all();
}

std::size_t EventChannel::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_;
}

bool EventChannel::join() {
  const std::lock_guard lock(mutex_);
  if (ended_ || listeners_ >= most_listeners_) return false;
  ++listeners_;
  return true;
}

void EventChannel::leave() {
  const std::lock_guard lock(mutex_);
  --listeners_;
}

std::shared_ptr<const std::string> EventChannel::wait(Seen& seen,
                                                      std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience, [&] {
    return ended_ || seen.states != newest_.states || seen.beats != newest_.beats;
  });
  if (ended_) return nullptr;
  if (seen.states != newest_.states) {
    seen = newest_;  // a beat older than the state says nothing
    return state_;
  }
  if (seen.beats != newest_.beats) {
    seen.beats = newest_.beats;
    return beat_;
  }
  return nullptr;
}

void EventChannel::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  news_.notify_all();
}

bool EventChannel::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace caspilink::endpoint
