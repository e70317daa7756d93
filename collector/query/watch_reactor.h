// One WatchAlarms stream: what stands, then what happens. Events wait in the watcher's bounded
// queue and are taken only when everything before them has been written, so a client that does not
// read costs no more than that, and is ended when it has missed something.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "collector/core/alarm_office.h"
#include "collector/exposition/snapshot.h"
#include "collector/query/stream_reactor.h"
#include "collector/query/workers.h"
#include "proto/query.pb.h"

namespace caspilink::query {

namespace wire = ::caspilink::query::v1;

class WatchReactor final : public StreamReactor<wire::WatchAlarmsResponse> {
 public:
  // `office` and `workers` must outlive gRPC's use of it. `board`: its plant says where positions
  // are.
  static std::shared_ptr<WatchReactor> start(grpc::CallbackServerContext& context,
                                             core::AlarmOffice& office, Workers& workers,
                                             std::size_t capacity, bool roots_only,
                                             std::shared_ptr<exposition::SnapshotBoard> board);

 private:
  WatchReactor(grpc::CallbackServerContext& context, Workers& workers, bool roots_only,
               std::shared_ptr<exposition::SnapshotBoard> board)
      : StreamReactor(context),
        workers_(workers),
        roots_only_(roots_only),
        board_(std::move(board)) {}
  void begin(std::shared_ptr<alarms::Watcher> watcher,
             const std::vector<alarms::AlarmPtr>& standing);
  // Takes and sends what waits, if nothing is on its way.
  void pump();
  void drained() override { pump(); }
  void done() override;

  Workers& workers_;
  const bool roots_only_;
  const std::shared_ptr<exposition::SnapshotBoard> board_;
  std::mutex pumping_;                        // one at a time, so that events keep their order
  std::shared_ptr<alarms::Watcher> watcher_;  // null before the standing ones were queued
};

}  // namespace caspilink::query
