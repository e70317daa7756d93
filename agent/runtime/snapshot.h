// What the agent says of itself at one moment, and how that reads as metrics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <prometheus/collectable.h>

#include "agent/runtime/batcher.h"
#include "agent/sources/source.h"
#include "agent/spool/spool.h"
#include "agent/uplink/uplink.h"

namespace caspilink::runtime {

struct Snapshot {
  std::string station;
  std::uint64_t boot = 0;
  std::size_t series = 0;
  std::size_t pending_samples = 0;
  Batcher::Counts batcher;
  std::optional<Error> spool_trouble;
  std::map<std::string, std::uint64_t> reloads;  // of the configuration, count by outcome
  bool configuration_stale = false;              // the last reload was refused
  spool::Stats spool;
  std::vector<uplink::Status> uplinks;
  std::vector<sources::Health> sources;
};

// Ready: the spool takes batches, a collector has accepted us, and a source is up. The error says
// which is missing.
[[nodiscard]] Result<void> readiness(const Snapshot& snapshot);

// Where the owner puts snapshots and scrapes take them from.
class SnapshotBoard final : public prometheus::Collectable {
 public:
  void put(std::shared_ptr<const Snapshot> snapshot);
  [[nodiscard]] std::shared_ptr<const Snapshot> get() const;  // null before the first

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace caspilink::runtime
