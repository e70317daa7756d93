// What a scrape shows: one consistent moment of the collector, as plain values. Made by the thread
// that owns the state, read by any number of scrapes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/alarms/alarm.h"
#include "collector/alarms/desk.h"
#include "collector/assess/assess.h"
#include "collector/fleet/fleet.h"
#include "collector/performance/recorder.h"
#include "collector/remote_write/writer.h"
#include "collector/store/store.h"
#include "collector/twin/baseline.h"
#include "collector/twin/model.h"
#include "collector/twin/tolerance.h"
#include "collector/twin/twin.h"

namespace caspilink::exposition {

// A fresh number at a place of the plant, in the quantity's wire unit.
struct Observed {
  fleet::Place place;
  double value = 0;
};

struct Snapshot {
  std::int64_t time_unix_ns = 0;
  std::shared_ptr<const twin::Model> model;
  std::shared_ptr<const twin::Tolerances> tolerances;  // null: no uncertainties are shown
  twin::TwinStatus twin;
  std::vector<Observed> observed;  // in the order of places
  assess::Assessment assessment;
  std::vector<alarms::AlarmPtr> alarms;                // standing, in the order of their keys
  std::vector<alarms::MaintenanceWindow> maintenance;  // not yet over
  std::array<std::uint64_t, alarms::kTypeCount> raised_total{};  // by alarms::Type
  std::map<std::string, fleet::AgentState> agents;
  std::map<std::string, std::uint64_t> refused_agents;   // by reason, zeros included
  std::map<std::string, std::uint64_t> refused_queries;  // by reason, zeros included
  // By station and reason, zeros included.
  std::map<std::string, std::map<std::string, std::uint64_t>> limited_agents{};
  store::StoreStatus store;
  std::shared_ptr<const performance::Snapshot> performance{};  // null before it has spoken
  std::vector<remote_write::Status> written{};                 // by receiver
  // In the order of places; null before the first look.
  std::shared_ptr<const std::vector<twin::BaselineSummary>> baselines{};
};

// The latest snapshot, handed from one thread to others.
class SnapshotBoard {
 public:
  void publish(std::shared_ptr<const Snapshot> snapshot) {
    const std::lock_guard lock(mutex_);
    latest_ = std::move(snapshot);
  }
  // Null before the first.
  [[nodiscard]] std::shared_ptr<const Snapshot> latest() const {
    const std::lock_guard lock(mutex_);
    return latest_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> latest_;
};

}  // namespace caspilink::exposition
