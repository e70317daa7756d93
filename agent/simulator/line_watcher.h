// Tells when the line file has changed, by looking at it now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <sys/types.h>

#include "agent/simulator/faults.h"
#include "link_models/result.h"

namespace caspilink::simulator {

// Lives on one io_context: make, start and destroy it there.
class LineWatcher {
 public:
  // Called on the io_context with each new content, or with why it cannot be read (once a change).
  using Changed = std::function<void(Result<LineState>)>;

  LineWatcher(asio::io_context& io, std::string path, std::chrono::milliseconds period,
              Changed changed);

  // Reports the present content at the first look, then changes only.
  void start();
  void stop();

 private:
  // What tells one content from the next; a replaced file has another inode.
  struct Mark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0;

    friend bool operator==(const Mark&, const Mark&) = default;
  };
  [[nodiscard]] std::optional<Mark> mark() const;
  void look();

  asio::steady_timer timer_;
  std::string path_;
  std::chrono::milliseconds period_;
  Changed changed_;
  bool first_ = true;
  std::optional<Mark> seen_;
};

}  // namespace caspilink::simulator
