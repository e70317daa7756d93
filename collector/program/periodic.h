// A thread that does something again and again until it is told to end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace caspilink::program {

class Periodic {
 public:
  // Works at once, and then `interval` after it was done the last time.
  Periodic(std::chrono::nanoseconds interval, std::function<void()> work)
      : thread_([interval, work = std::move(work)](const std::stop_token& stop) {
          std::mutex mutex;
          std::condition_variable_any wake;
          while (!stop.stop_requested()) {
            work();
            std::unique_lock lock(mutex);
            wake.wait_for(lock, stop, interval, [] { return false; });
          }
        }) {}

 private:
  std::jthread thread_;  // asks and waits for the end when it goes
};

}  // namespace caspilink::program
