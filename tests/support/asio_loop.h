// Runs an io_context on the test's own thread until a condition holds.
#pragma once

#include <chrono>
#include <functional>

#include <asio/io_context.hpp>

namespace caspilink::test {

// False when `condition` does not hold within the time, which is long and only for tests that fail.
inline bool run_until(asio::io_context& io, const std::function<bool()>& condition,
                      std::chrono::seconds patience = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    io.restart();
    io.run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

// Until nothing is left to do.
inline bool run_dry(asio::io_context& io,
                    std::chrono::seconds patience = std::chrono::seconds(20)) {
  io.restart();
  io.run_for(patience);
  return io.stopped();
}

}  // namespace caspilink::test
