// A line, two stations' agents and a collector in simulated time: the real Fleet, Assess, Alarms
// and Core on a store in memory, fed by batches that carry what the model expects and what faults
// make of it. Readings are taken every second, judged twice a second.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include "collector/core/core.h"
#include "collector/store/fake_store.h"
#include "tests/collector/scenarios/chronicle.h"
#include "tests/collector/scenarios/scenario.h"

namespace caspilink::scenarios {

class World {
 public:
  explicit World(const Scenario& scenario);
  ~World();

  // Lives through the scenario; what became of its alarms.
  [[nodiscard]] std::vector<std::string> run();

  // What became of them said of its cause.
  [[nodiscard]] std::vector<std::string> causes() const { return chronicle_.causes(); }

  // Worst user time of one judgement so far, in seconds.
  [[nodiscard]] double slowest_tick_seconds() const { return slowest_tick_seconds_; }

 private:
  class Quiet;  // a stream that takes no notes

  struct Sample {
    codec::MeasurementPoint point;
    codec::Reading reading = codec::Reading::kValue;
    double value = 0;
  };
  struct Agent {
    std::string station;
    std::shared_ptr<ingest::Stream> stream;
    std::map<codec::MeasurementPoint, std::uint32_t> series;
    std::uint64_t sequence = 0;
    std::deque<codec::Batch> spooled;  // while it cannot send
  };

  void start_collector(store::Recovered recovered);
  void restart_collector();
  void connect(Agent& agent);
  void act(const Action& action);
  void observe(Agent& agent);
  void send(Agent& agent, codec::Batch batch);
  void tick();
  void settle();
  void note();

  [[nodiscard]] const Fault* fault(const char* what, const std::string& pair,
                                   plant::Direction direction, std::uint32_t channel = 0) const;
  [[nodiscard]] const Fault* fault_at(const char* what, const std::string& station) const;
  [[nodiscard]] std::vector<Sample> samples(const std::string& station) const;
  void add_received(const std::string& station, const plant::FibrePair& pair,
                    std::vector<Sample>& out) const;
  void add_sent(const std::string& station, const plant::FibrePair& pair,
                std::vector<Sample>& out) const;
  void add_path(const std::string& station, const plant::FibrePair& pair,
                std::vector<Sample>& out) const;
  void add_figures(const std::string& station, const plant::FibrePair& pair,
                   std::vector<Sample>& out) const;
  void add_equipment(const std::string& station, std::vector<Sample>& out) const;
  [[nodiscard]] std::optional<double> expected(const std::string& station,
                                               const codec::MeasurementPoint& point) const;

  const Scenario& scenario_;
  std::shared_ptr<const assess::Model> model_;
  std::int64_t now_ = 0;
  double second_ = 0;
  asio::io_context context_;
  std::shared_ptr<exposition::SnapshotBoard> board_;
  std::unique_ptr<core::Core> core_;
  std::unique_ptr<store::FakeStore> store_;
  std::shared_ptr<alarms::Watcher> watcher_;
  std::map<std::string, Agent> agents_;
  Chronicle chronicle_;
  double slowest_tick_seconds_ = 0;
};

}  // namespace caspilink::scenarios
