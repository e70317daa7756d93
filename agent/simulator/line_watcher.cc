#include "agent/simulator/line_watcher.h"

#include <utility>

#include <sys/stat.h>

#include "agent/simulator/line_file.h"

namespace caspilink::simulator {

LineWatcher::LineWatcher(asio::io_context& io, std::string path, std::chrono::milliseconds period,
                         Changed changed)
    : timer_(io), path_(std::move(path)), period_(period), changed_(std::move(changed)) {}

void LineWatcher::start() { look(); }

void LineWatcher::stop() { timer_.cancel(); }

std::optional<LineWatcher::Mark> LineWatcher::mark() const {
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0) return std::nullopt;
  return Mark{found.st_dev, found.st_ino, found.st_size,
              std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
}

void LineWatcher::look() {
  // Marked before it is read: a change in between is then seen at the next look, never lost.
  const auto now = mark();
  if (first_ || now != seen_) {
    first_ = false;
    seen_ = now;
    changed_(read_line_file(path_));
  }
  timer_.expires_after(period_);
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error) look();
  });
}

}  // namespace caspilink::simulator
