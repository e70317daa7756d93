#include "tests/collector/scenarios/world.h"

#include <algorithm>
#include <ctime>
#include <numeric>

#include <gtest/gtest.h>

#include "tests/collector/small_plant.h"

namespace caspilink::scenarios {
namespace {

using codec::Quantity;
using codec::Reading;
using plant::Direction;
using test::kSecond;
using test::kStart;

double user_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Models take a while to evaluate, and scenarios share a few.
std::shared_ptr<const assess::Model> model_of(std::size_t fibre_pairs, bool all_channels) {
  static std::map<std::pair<std::size_t, bool>, std::shared_ptr<const assess::Model>> made;
  auto& model = made[{fibre_pairs, all_channels}];
  if (!model) {
    auto plant = *test::small_plant(fibre_pairs);
    if (all_channels) {
      for (auto& pair : plant.fibre_pairs) {
        pair.lit_channels.resize(plant.channels.size());
        std::iota(pair.lit_channels.begin(), pair.lit_channels.end(), 1);
      }
    }
    model = std::make_shared<const assess::Model>(
        assess::Model::build(std::make_shared<const plant::Plant>(std::move(plant))).value());
  }
  return model;
}

}  // namespace

class World::Quiet final : public ingest::Stream {
 public:
  void acknowledge(codec::BatchId, ingest::Outcome outcome, std::string what) override {
    EXPECT_NE(outcome, ingest::Outcome::kRefused) << what;
  }
  void keep_declarations() override {}
  void ask_to_reload(std::uint64_t) override {}
  void close(Error error) override { ADD_FAILURE() << error.message(); }
};

World::World(const Scenario& scenario)
    : scenario_(scenario),
      model_(model_of(scenario.fibre_pairs, scenario.all_channels)),
      now_(kStart),
      board_(std::make_shared<exposition::SnapshotBoard>()) {
  for (const plant::Station& station : model_->plant().stations) {
    agents_[station.id].station = station.id;
  }
  start_collector({});
}

World::~World() = default;

void World::start_collector(store::Recovered recovered) {
  core_ = std::make_unique<core::Core>(
      context_, [this] { return now_; }, model_,
      core::Settings{.assess = {.staleness_ns = 30 * kSecond,
                                .silence_ns = 30 * kSecond,
                                .started_unix_ns = now_},
                     .evaluate_aside = false,
                     .allowed_skew_ns = 5 * kSecond,
                     .max_series_per_stream = 1'000'000},
      board_);
  store_ = std::make_unique<store::FakeStore>(
      [this](store::Commit commit) { core_->committed(std::move(commit)); });
  core_->attach(*store_, std::move(recovered));
  watcher_ = core_->alarms().watch(100'000, {});
  for (auto& [station, agent] : agents_) connect(agent);
}

void World::restart_collector() {
  note();
  store::Recovered recovered;
  for (const store::AlarmRecord& record : store_->alarms()) {
    recovered.next_alarm_id = std::max(recovered.next_alarm_id, record.id + 1);
    if (!record.cleared_unix_ns || record.shelved_until_unix_ns) {
      recovered.standing_alarms.push_back(record);
    }
  }
  recovered.maintenance = store_->recorded<store::MaintenanceRecord>();
  core_.reset();
  settle();
  start_collector(std::move(recovered));
}

void World::connect(Agent& agent) {
  agent.stream = std::make_shared<Quiet>();
  core_->opened(agent.stream, agent.station);
  codec::Catalogue catalogue{.boot = 1, .series = {}};
  for (const auto& [point, number] : agent.series) catalogue.series.push_back({number, point});
  if (!catalogue.series.empty()) core_->declared(agent.stream, std::move(catalogue));
  settle();
}

void World::settle() {
  context_.restart();
  context_.poll();
}

void World::note() {
  const auto taken = watcher_->take();
  EXPECT_FALSE(taken.lost);
  for (const alarms::Event& event : taken.events) chronicle_.add(second_, event);
}

std::vector<std::string> World::run() {
  auto actions = scenario_.actions;
  for (int half = 0; half < 2 * static_cast<int>(scenario_.seconds); ++half) {
    second_ = half / 2.0;
    now_ = kStart + half * kSecond / 2;
    for (const Action& action : actions) {
      if (action.at == second_) act(action);
    }
    if (half % 2 == 0) {
      for (auto& [station, agent] : agents_) observe(agent);
    }
    tick();
    note();
  }
  return chronicle_.lines();
}

void World::tick() {
  settle();
  const double before = user_seconds();
  core_->tick();
  slowest_tick_seconds_ = std::max(slowest_tick_seconds_, user_seconds() - before);
  settle();
}

void World::act(const Action& action) {
  std::uint64_t id = 0;
  for (const auto& alarm : core_->alarms().standing()) {
    if (alarms::describe(alarm->key) == action.alarm) id = alarm->id;
  }
  const alarms::Operator who{.name = "leyla", .note = "scenario"};
  const std::int64_t until = kStart + static_cast<std::int64_t>(action.until) * kSecond;
  const auto done = [](const auto& result) {
    EXPECT_TRUE(result) << (result ? std::string() : result.error().message());
  };
  if (action.act == "restart") {
    restart_collector();
  } else if (action.act == "acknowledge") {
    core_->alarms().acknowledge(id, who, done);
  } else if (action.act == "shelve") {
    core_->alarms().shelve(id, who, until, done);
  } else if (action.act == "unshelve") {
    core_->alarms().unshelve(id, who, done);
  } else if (action.act == "maintenance") {
    core_->alarms().plan_maintenance({.from_unix_ns = now_,
                                      .until_unix_ns = until,
                                      .station = action.station,
                                      .fibre_pair = action.fibre_pair},
                                     who, done);
  } else if (action.act == "end_maintenance") {
    core_->alarms().end_maintenance(1, who, done);
  } else {
    ADD_FAILURE() << "no action is called " << action.act;
  }
  settle();
  note();
}

const Fault* World::fault(const char* what, const std::string& pair, Direction direction,
                          std::uint32_t channel) const {
  for (const Fault& one : scenario_.faults) {
    if (one.what == what && one.active(second_) && one.touches(pair, direction) &&
        (channel == 0 || one.touches(channel))) {
      return &one;
    }
  }
  return nullptr;
}

const Fault* World::fault_at(const char* what, const std::string& station) const {
  for (const Fault& one : scenario_.faults) {
    if (one.what == what && one.active(second_) &&
        (one.station.empty() || one.station == station)) {
      return &one;
    }
  }
  return nullptr;
}

std::optional<double> World::expected(const std::string& station,
                                      const codec::MeasurementPoint& point) const {
  const auto place = fleet::place_of(model_->plant(), station, point);
  return place ? model_->expected(*place) : std::nullopt;
}

void World::add_received(const std::string& station, const plant::FibrePair& pair,
                         std::vector<Sample>& out) const {
  const plant::Plant& plant = model_->plant();
  const Direction way = station == plant.b().id ? Direction::kAToB : Direction::kBToA;
  const Fault* cut = fault("cut", pair.id, way);
  const bool dark = cut != nullptr || fault("not_sent", pair.id, way) != nullptr;
  const Fault* loss = fault("loss", pair.id, way);
  const double lost = loss == nullptr ? 0 : loss->db;
  const auto port = test::line_point(Quantity::kLineInputPower, pair.id);
  const bool port_dark = dark && (cut == nullptr || cut->quantity != "noise at the port");
  out.push_back({port, port_dark ? Reading::kNoLight : Reading::kValue,
                 expected(station, port).value_or(0) - lost});
  for (const int lit : pair.lit_channels) {
    const auto channel = static_cast<std::uint32_t>(lit);
    const bool none = dark || fault("transmitter_dead", pair.id, way, channel) != nullptr ||
                      fault("channel_lost", pair.id, way, channel) != nullptr;
    const auto power = test::channel_point(Quantity::kChannelInputPower, pair.id, channel);
    const Fault* off = fault("channel_power", pair.id, way, channel);
    out.push_back({power, none ? Reading::kNoLight : Reading::kValue,
                   expected(station, power).value_or(0) - lost + (off == nullptr ? 0 : off->db)});
    if (none) continue;
    const auto q = test::channel_point(Quantity::kQValue, pair.id, channel);
    double value = expected(station, q).value_or(0);
    if (const Fault* margin = fault("margin", pair.id, way, channel)) {
      value = model_->budget(pair.id, way).fec_q_limit.value() + margin->db;
    }
    out.push_back({q, Reading::kValue, value});
  }
}

void World::add_sent(const std::string& station, const plant::FibrePair& pair,
                     std::vector<Sample>& out) const {
  const plant::Plant& plant = model_->plant();
  const Direction way = station == plant.a().id ? Direction::kAToB : Direction::kBToA;
  const bool dark = fault("not_sent", pair.id, way) != nullptr;
  const auto port = test::line_point(Quantity::kLineOutputPower, pair.id);
  out.push_back(
      {port, dark ? Reading::kNoLight : Reading::kValue, expected(station, port).value_or(0)});
  for (const int lit : pair.lit_channels) {
    const auto channel = static_cast<std::uint32_t>(lit);
    const auto power = test::channel_point(Quantity::kChannelOutputPower, pair.id, channel);
    const bool none = dark || fault("transmitter_dead", pair.id, way, channel) != nullptr;
    out.push_back(
        {power, none ? Reading::kNoLight : Reading::kValue, expected(station, power).value_or(0)});
  }
}

void World::add_path(const std::string& station, const plant::FibrePair& pair,
                     std::vector<Sample>& out) const {
  const plant::Plant& plant = model_->plant();
  const std::string& peer = station == plant.a().id ? plant.b().id : plant.a().id;
  const bool broken = fault("cut", pair.id, Direction::kAToB) != nullptr ||
                      fault("cut", pair.id, Direction::kBToA) != nullptr ||
                      fault("not_sent", pair.id, Direction::kAToB) != nullptr ||
                      fault("not_sent", pair.id, Direction::kBToA) != nullptr;
  const Fault* unanswered = fault("probes_lost", pair.id, Direction::kAToB);
  const bool lost = broken || (unanswered != nullptr &&
                               (unanswered->station.empty() || unanswered->station == station));
  out.push_back(
      {test::path_point(Quantity::kProbeLoss, pair.id, peer), Reading::kValue, lost ? 1.0 : 0.0});
  if (lost) return;
  const auto point = [&](Quantity quantity) { return test::path_point(quantity, pair.id, peer); };
  const auto more = [&](Direction way) {
    const Fault* delay = fault("delay", pair.id, way);
    return delay == nullptr ? 0 : 1e-6 * delay->amount;
  };
  out.push_back(
      {point(Quantity::kRoundTripDelayMinimum), Reading::kValue,
       model_->round_trip(pair.id).value() + more(Direction::kAToB) + more(Direction::kBToA)});
  const Fault* clocks = fault("clocks_bound", pair.id, Direction::kAToB);
  if (clocks == nullptr) return;
  const Direction away = station == plant.a().id ? Direction::kAToB : Direction::kBToA;
  const auto one_way = [&](Quantity quantity, Direction way) {
    out.push_back({point(quantity), Reading::kValue,
                   model_->budget(pair.id, way).latency.value() + more(way)});
  };
  one_way(Quantity::kOneWayDelayOutbound, away);
  one_way(Quantity::kOneWayDelayInbound, plant::opposite(away));
  out.push_back({point(Quantity::kOneWayDelayErrorBound), Reading::kValue, 1e-6 * clocks->amount});
}

// Whatever else of channels a scenario has them report, at the end that reads it.
void World::add_figures(const std::string& station, const plant::FibrePair& pair,
                        std::vector<Sample>& out) const {
  const bool at_a = station == model_->plant().a().id;
  for (const Fault& one : scenario_.faults) {
    if (one.what != "figure" || !one.active(second_)) continue;
    const Quantity quantity = codec::quantity_from_name(one.quantity).value();
    const bool sent = codec::info(quantity).side == codec::Side::kTransmit;
    if (!one.touches(pair.id, at_a == sent ? Direction::kAToB : Direction::kBToA)) continue;
    for (const int lit : pair.lit_channels) {
      const auto channel = static_cast<std::uint32_t>(lit);
      if (!one.touches(channel)) continue;
      const auto point = test::channel_point(quantity, pair.id, channel);
      out.push_back({point, Reading::kValue, expected(station, point).value_or(0) + one.db});
    }
  }
}

// Whatever of wet plant, pumps and power feed the model expects something of, moved by faults of
// their quantities; and switches, which nothing is expected of.
void World::add_equipment(const std::string& station, std::vector<Sample>& out) const {
  for (const Fault& one : scenario_.faults) {
    const bool dark = one.what == "reading_dark";
    if ((one.what != "reading" && !dark) || !one.active(second_) || one.station != station) {
      continue;
    }
    const Quantity quantity = codec::quantity_from_name(one.quantity).value();
    codec::MeasurementPoint point{.quantity = quantity, .element = one.element};
    if (!one.pairs.empty()) point.fibre_pair = one.pairs.front();
    const double base = one.amount == 0 ? expected(station, point).value_or(0) : one.amount;
    out.push_back({point, dark ? Reading::kNoLight : Reading::kValue, base + one.db});
  }
}

std::vector<World::Sample> World::samples(const std::string& station) const {
  std::vector<Sample> all;
  for (const plant::FibrePair& pair : model_->plant().fibre_pairs) {
    add_received(station, pair, all);
    add_sent(station, pair, all);
    add_path(station, pair, all);
    add_figures(station, pair, all);
  }
  add_equipment(station, all);
  for (Sample& sample : all) {
    if (sample.point.source.empty()) sample.point.source = "slte-1";
  }
  std::erase_if(all, [&](const Sample& sample) {
    const std::string_view name = codec::info(sample.point.quantity).name;
    return std::ranges::any_of(scenario_.faults, [&](const Fault& one) {
      if (!one.active(second_) || (!one.station.empty() && one.station != station)) return false;
      if (!one.pairs.empty() && !one.touches(sample.point.fibre_pair, Direction::kAToB)) {
        return false;
      }
      return (one.what == "missing" && (one.quantity.empty() || one.quantity == name)) ||
             (one.what == "source_silent" && one.source == sample.point.source);
    });
  });
  return all;
}

void World::observe(Agent& agent) {
  const Fault* clock = fault_at("clock", agent.station);
  const auto offset = static_cast<std::int64_t>((clock == nullptr ? 0 : clock->amount) * 1e9);
  codec::Batch batch{.id = {1, ++agent.sequence}};
  codec::Catalogue added{.boot = 1, .series = {}};
  for (const Sample& sample : samples(agent.station)) {
    const auto [at, is_new] =
        agent.series.try_emplace(sample.point, static_cast<std::uint32_t>(agent.series.size() + 1));
    if (is_new) added.series.push_back({at->second, sample.point});
    batch.series.push_back(at->second);
    batch.times_unix_ns.push_back(now_ + offset);
    batch.values.push_back(sample.reading == Reading::kValue ? sample.value : 0);
    batch.readings.push_back(sample.reading);
  }
  if (!added.series.empty()) core_->declared(agent.stream, std::move(added));
  if (batch.series.empty()) return;
  if (fault_at("agent_dead", agent.station) != nullptr) return;
  if (fault_at("agent_cut_off", agent.station) != nullptr) {
    batch.backlog = true;
    agent.spooled.push_back(std::move(batch));
    return;
  }
  send(agent, std::move(batch));
  for (; !agent.spooled.empty(); agent.spooled.pop_front()) send(agent, agent.spooled.front());
}

void World::send(Agent& agent, codec::Batch batch) {
  core_->received(agent.stream, std::move(batch));
  settle();
}

}  // namespace caspilink::scenarios
