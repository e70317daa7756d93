// Many agents in one process: every leaf of a station's equipment once a second over a stream of
// its own, with the simulator's readings, the rhythm and the certificate of a real agent. Light is
// the same in all cables of one plant; stations take turns over the second.
//
//   fleet_load SECONDS < FLEET
//
// FLEET: a line a stream, "station end plant_file address collector pki_dir": its end of the plant
// (a or b), the collector's host:port and the name of its certificate, and the folder of
// certificates. Prints one JSON object. Status 1 if a stream ended early or owes anything.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/create_channel.h>
#include <nlohmann/json.hpp>

#include "agent/simulator/readings.h"
#include "link_models/formats/plant_yaml.h"
#include "proto/codec/wire.h"
#include "proto/endpoint/credentials.h"
#include "proto/telemetry.grpc.pb.h"

namespace caspilink::bench {
namespace {

namespace wire = telemetry::v1;
using Steady = std::chrono::steady_clock;
constexpr std::size_t kTurns = 10;  // a second is cut into so many
constexpr auto kTurn = std::chrono::milliseconds(1000 / kTurns);

std::int64_t unix_now() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Line {
  std::string station;
  std::string end;
  std::string plant_file;
  std::string address;
  std::string collector;
  std::string pki_dir;
};

// What one end of a plant reports, whatever the station is called.
class Equipment {
 public:
  Equipment(const std::string& plant_file, const std::string& end) {
    plant_ = std::make_shared<const plant::Plant>(formats::load_plant(plant_file).value());
    view_ = simulator::LineModel(plant_).view({.plant_file = plant_file}).value();
    const auto& stations = plant_->stations;
    points_ = simulator::points_of(*plant_, stations[end == "a" ? 0 : 1].id, *view_);
  }

  [[nodiscard]] codec::Catalogue catalogue(std::uint64_t boot, const std::string& peer) const {
    using Where = simulator::Point::Where;
    codec::Catalogue all{.boot = boot, .series = {}};
    for (const simulator::Point& point : points_) {
      codec::MeasurementPoint place{.quantity = point.quantity,
                                    .source = "slte-1",
                                    .component = point.component,
                                    .fibre_pair = view_->pairs[point.pair].fibre_pair,
                                    .channel = static_cast<std::uint32_t>(point.channel)};
      if (point.where == Where::kBooster) place.element = "booster";
      if (point.where == Where::kPreamplifier) place.element = "preamplifier";
      all.series.push_back({static_cast<std::uint32_t>(all.series.size() + 1), place});
    }
    for (const simulator::PairView& pair : view_->pairs) {
      all.series.push_back({static_cast<std::uint32_t>(all.series.size() + 1),
                            {.quantity = codec::Quantity::kRoundTripDelay,
                             .source = "stamp",
                             .fibre_pair = pair.fibre_pair,
                             .peer = peer}});
    }
    return all;
  }

  [[nodiscard]] codec::Batch batch(std::int64_t now) const {
    codec::Batch made;
    const auto add = [&](double value) {
      made.series.push_back(static_cast<std::uint32_t>(made.series.size() + 1));
      made.times_unix_ns.push_back(now);
      made.values.push_back(value);
    };
    for (const simulator::Point& point : points_) add(simulator::read(*view_, point, now).value());
    for (const simulator::PairView& pair : view_->pairs) {
      const double there = pair[plant::Direction::kAToB].delay.value();
      const double back = pair[plant::Direction::kBToA].delay.value();
      add(there + back);
    }
    return made;
  }

 private:
  std::shared_ptr<const plant::Plant> plant_;
  std::shared_ptr<const simulator::LineView> view_;
  std::vector<simulator::Point> points_;
};

class Agent final : public grpc::ClientBidiReactor<wire::AgentMessage, wire::CollectorMessage> {
 public:
  Agent(const Line& line, std::uint64_t boot, const codec::Catalogue& catalogue) : boot_(boot) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(line.collector);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const std::string own = line.pki_dir + "/agent-" + line.station;
    const auto credentials = endpoint::client_credentials({.ca_file = line.pki_dir + "/ca.pem",
                                                           .certificate_file = own + ".pem",
                                                           .key_file = own + ".key"})
                                 .value();
    stub_ =
        wire::Telemetry::NewStub(grpc::CreateCustomChannel(line.address, credentials, arguments));
    context_.set_wait_for_ready(true);
    stub_->async()->Report(&context_, this);
    wire::AgentMessage hello;
    hello.mutable_hello()->set_station(line.station);
    hello.mutable_hello()->set_boot(boot);
    queue_.push_back(std::move(hello));
    codec::encode(catalogue, *queue_.emplace_back().mutable_declarations());
    StartRead(&incoming_);
    AddHold();  // writes come from outside
    write();
    StartCall();
  }

  void send(codec::Batch batch) {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    batch.id = {boot_, ++sequence_};
    samples_ += batch.size();
    sent_.emplace(sequence_, Steady::now());
    codec::encode(batch, *queue_.emplace_back().mutable_batch());
    write();
  }

  // Says that no more comes, waits for what is owed, and for the end.
  void finish(Steady::time_point until) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, until, [&] { return sent_.empty() || ended_; });
    owed_ = sent_.size();
    early_ = ended_;
    lock.unlock();
    context_.TryCancel();
    RemoveHold();
    lock.lock();
    changed_.wait(lock, [&] { return done_; });
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    queue_.pop_front();
    writing_ = false;
    if (ok) write();
  }
  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok) {
      ended_ = true;
      changed_.notify_all();
      return;
    }
    if (incoming_.has_acknowledgement()) {
      if (const auto found = sent_.find(incoming_.acknowledgement().sequence());
          found != sent_.end()) {
        const std::chrono::duration<double, std::milli> took = Steady::now() - found->second;
        waits_ms_.push_back(took.count());
        sent_.erase(found);
        if (sent_.empty()) changed_.notify_all();
      }
    }
    StartRead(&incoming_);
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    if (early_) error_ = status.error_message();
    done_ = true;
    changed_.notify_all();
  }

  // After finish().
  [[nodiscard]] std::uint64_t batches() const { return sequence_; }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] std::size_t owed() const { return owed_; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] bool ended_early() const { return early_; }
  [[nodiscard]] const std::vector<double>& waits_ms() const { return waits_ms_; }

 private:
  void write() {
    if (writing_ || queue_.empty() || ended_) return;
    writing_ = true;
    StartWrite(&queue_.front());
  }

  const std::uint64_t boot_;
  std::unique_ptr<wire::Telemetry::Stub> stub_;
  grpc::ClientContext context_;
  wire::CollectorMessage incoming_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<wire::AgentMessage> queue_;  // the first is being written
  std::map<std::uint64_t, Steady::time_point> sent_;
  std::vector<double> waits_ms_;
  std::uint64_t sequence_ = 0;
  std::uint64_t samples_ = 0;
  std::size_t owed_ = 0;
  std::string error_;
  bool writing_ = false;
  bool ended_ = false;
  bool early_ = false;
  bool done_ = false;
};

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

int main_of(double seconds) {
  std::vector<Line> fleet;
  for (std::string text; std::getline(std::cin, text);) {
    std::istringstream fields(text);
    Line& line = fleet.emplace_back();
    fields >> line.station >> line.end >> line.plant_file >> line.address >> line.collector >>
        line.pki_dir;
    if (!fields || (line.end != "a" && line.end != "b")) {
      std::fprintf(stderr, "fleet_load: line %zu: expected six fields, the second a or b\n",
                   fleet.size());
      return 2;
    }
  }
  if (fleet.empty()) {
    std::fprintf(stderr, "fleet_load: no stream on standard input\n");
    return 2;
  }
  const std::map<std::string, Equipment> ends = {{"a", {fleet.front().plant_file, "a"}},
                                                 {"b", {fleet.front().plant_file, "b"}}};
  std::mt19937_64 random(std::random_device{}());
  std::vector<std::unique_ptr<Agent>> agents;
  for (const Line& line : fleet) {
    const plant::Plant plant = formats::load_plant(line.plant_file).value();
    const std::uint64_t boot = random() | 1;
    agents.push_back(std::make_unique<Agent>(
        line, boot, ends.at(line.end).catalogue(boot, plant.stations[line.end == "a" ? 1 : 0].id)));
  }
  const auto begin = Steady::now();
  auto next = begin;
  std::size_t turns = 0;
  std::size_t late = 0;
  for (; next < begin + std::chrono::duration<double>(seconds); next += kTurn, ++turns) {
    std::this_thread::sleep_until(next);
    late += Steady::now() > next + kTurn ? 1 : 0;
    const std::int64_t now = unix_now();
    std::map<std::string, codec::Batch> batches;
    for (const auto& [end, equipment] : ends) batches[end] = equipment.batch(now);
    for (std::size_t i = turns % kTurns; i < agents.size(); i += kTurns) {
      agents[i]->send(batches[fleet[i].end]);
    }
  }
  const std::chrono::duration<double> took = Steady::now() - begin;
  const auto patience = Steady::now() + std::chrono::seconds(30);
  std::vector<double> waits_ms;
  std::uint64_t batches = 0;
  std::uint64_t samples = 0;
  std::size_t owed = 0;
  std::size_t early = 0;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    Agent& agent = *agents[i];
    agent.finish(patience);
    if (agent.ended_early()) {
      std::fprintf(stderr, "fleet_load: %s: %s\n", fleet[i].station.c_str(), agent.error().c_str());
      ++early;
    }
    batches += agent.batches();
    samples += agent.samples();
    owed += agent.owed();
    waits_ms.insert(waits_ms.end(), agent.waits_ms().begin(), agent.waits_ms().end());
  }
  std::ranges::sort(waits_ms);
  const nlohmann::ordered_json told = {{"agents", fleet.size()},
                                       {"seconds", took.count()},
                                       {"batches", batches},
                                       {"samples", samples},
                                       {"owed_batches", owed},
                                       {"ended_early", early},
                                       {"late_turns", late},
                                       {"acknowledged_ms_p50", quantile(waits_ms, 0.5)},
                                       {"acknowledged_ms_p99", quantile(waits_ms, 0.99)},
                                       {"acknowledged_ms_max", quantile(waits_ms, 1)}};
  std::printf("%s\n", told.dump().c_str());
  return owed == 0 && early == 0 ? 0 : 1;
}

}  // namespace
}  // namespace caspilink::bench

int main(int argc, char** argv) {
  const double seconds = argc == 2 ? std::atof(argv[1]) : 0;
  if (!(seconds > 0)) {
    std::fprintf(stderr, "usage: fleet_load SECONDS < FLEET\n");
    return 2;
  }
  return caspilink::bench::main_of(seconds);
}
