// The status page at work: follows the board of snapshots and tells listeners.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "collector/exposition/snapshot.h"
#include "collector/page/view.h"
#include "link_models/result.h"
#include "proto/endpoint/event_channel.h"
#include "proto/endpoint/ops_server.h"

namespace caspilink::page {

// Browsers that listen at once; each costs a thread that waits. Others ask for /state.json.
inline constexpr std::size_t kMostListeners = 16;

// Thread-safe, but for refresh(), which one thread calls. Must outlive the server it is shown by.
class Live {
 public:
  Live(std::shared_ptr<const exposition::SnapshotBoard> board, twin::Design design);

  // Looks at the newest snapshot: a "state" event where something has changed, a "beat" with the
  // time where all stands as it was, nothing where no snapshot has come. Call it once a second.
  void refresh();

  // "/" and "/state.json".
  [[nodiscard]] std::vector<endpoint::OpsServer::Page> pages() const;
  // "/events".
  [[nodiscard]] endpoint::OpsServer::Stream stream() const;

  // {"time": milliseconds since 1970, "view": what view.h makes}; kUnavailable before the first.
  [[nodiscard]] Result<std::string> state() const;

 private:
  const std::shared_ptr<const exposition::SnapshotBoard> board_;
  const twin::Design design_;
  const std::shared_ptr<endpoint::EventChannel> channel_;
  std::shared_ptr<const exposition::Snapshot> seen_;  // of refresh() alone
  mutable std::mutex mutex_;
  std::string view_;
  std::int64_t time_unix_ms_ = 0;
};

}  // namespace caspilink::page
