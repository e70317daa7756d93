// Server-sent events for a bounded number of listeners, who all see the same: the newest state, and
// a beat between states that says that it still holds. A listener that is slow misses what was
// replaced meanwhile and gets the newest; nothing is queued for anybody.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace caspilink::endpoint {

// An event as it goes on the wire. `name` and `data` must not hold line breaks.
[[nodiscard]] std::string event_text(std::string_view name, std::string_view data);

// Thread-safe.
class EventChannel {
 public:
  explicit EventChannel(std::size_t most_listeners) : most_listeners_(most_listeners) {}

  // Replaces the state; those who join later get it, too.
  void state(std::string event);
  // Only for those who have the newest state.
  void beat(std::string event);

  [[nodiscard]] std::size_t most_listeners() const { return most_listeners_; }
  [[nodiscard]] std::size_t listeners() const;

  // Of one listener: what it has seen.
  struct Seen {
    std::uint64_t states = 0;
    std::uint64_t beats = 0;
  };
  // False where there is no place left.
  [[nodiscard]] bool join();
  void leave();
  // Waits for an event newer than `seen`, and moves `seen`. Null: `patience` is over, or the
  // channel has ended.
  [[nodiscard]] std::shared_ptr<const std::string> wait(Seen& seen,
                                                        std::chrono::milliseconds patience);
  // Wakes every listener for the last time.
  void end();
  [[nodiscard]] bool ended() const;

 private:
  const std::size_t most_listeners_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::size_t listeners_ = 0;
  Seen newest_;
  std::shared_ptr<const std::string> state_;
  std::shared_ptr<const std::string> beat_;
  bool ended_ = false;
};

}  // namespace caspilink::endpoint
