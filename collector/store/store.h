// The collector's memory: what was acknowledged, which alarms were raised. An interface, because
// everything above it is tested against the fake beside it.
//
// The promise: a ticket reported as durable survives kill -9 of the process, and with the fsync
// policy `every_commit` also the loss of power. Nothing is acknowledged to an agent before that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/store/records.h"
#include "link_models/result.h"
#include "proto/codec/wire.h"

namespace caspilink::store {

using Ticket = std::uint64_t;

// One transaction's outcome, for all of it or none.
struct Commit {
  std::vector<Ticket> tickets;  // in the order they were drawn
  std::optional<Error> error;   // set: nothing of it was written, and declarations neither
};

// Called after each commit, on the store's own thread; must be quick and must not throw.
using CommitListener = std::function<void(Commit)>;

// What the store looks like from outside; all figures as of the last commit.
struct StoreStatus {
  std::uint64_t bytes = 0;           // of the database in use
  std::uint64_t batches = 0;         // kept
  std::uint64_t queued_batches = 0;  // handed over and not yet durable
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  double last_commit_seconds = 0;
  bool failing = false;  // the last commit failed
};

// What a store held when it was opened.
struct Recovered {
  Ledger ledger;
  std::vector<AlarmRecord> standing_alarms;  // not cleared, or on a shelf
  std::uint64_t next_alarm_id = 1;
  std::vector<BaselineRecord> baselines{};
  std::vector<MaintenanceRecord> maintenance{};
};

// Thread-safe. Calls queue work and return; work becomes durable in the order it was queued. The
// queue is bounded by the callers: streams stop reading at their window.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  // Durable no later than any batch appended after it. Declaring a number again changes nothing.
  virtual void declare(std::string agent, codec::Catalogue catalogue, std::int64_t now_unix_ns) = 0;

  // The ticket comes back in exactly one Commit. A batch that is there already counts as written.
  virtual Ticket append(std::shared_ptr<const JudgedBatch> batch) = 0;

  // Keeps a note of a batch that could not be read.
  virtual void refuse(RefusedBatch batch) = 0;

  // Inserts, or replaces what has the same identity. Kept for the next commit where one fails.
  virtual void record(Record record) = 0;

  // Applies retention as of `now`: old or excess batches go, what they were stays in the ledger.
  virtual void sweep(std::int64_t now_unix_ns) = 0;

  [[nodiscard]] virtual StoreStatus status() const = 0;
};

}  // namespace caspilink::store
