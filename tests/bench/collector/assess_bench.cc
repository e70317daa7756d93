// What judging costs: 16 fibre pairs of 96 lit channels, both directions, every reading fresh.
#include <cmath>

#include <benchmark/benchmark.h>

#include "collector/assess/assess.h"
#include "collector/twin/twin.h"
#include "link_models/formats/plant_yaml.h"
#include "tests/support/paths.h"

namespace caspilink {
namespace {

using codec::Quantity;

constexpr std::int64_t kNow = 1'800'000'000'000'000'000;

std::shared_ptr<const plant::Plant> full_plant() {
  auto plant =
      formats::load_plant(test::source_dir() + "/deploy/plants/trans_caspian_repeatered.yaml");
  for (plant::FibrePair& pair : plant->fibre_pairs) {
    pair.lit_channels.clear();
    for (const plant::Channel& channel : plant->channels) {
      pair.lit_channels.push_back(channel.number);
    }
  }
  return std::make_shared<const plant::Plant>(std::move(*plant));
}

const std::shared_ptr<const twin::Model>& full_model() {
  static const auto kModel =
      std::make_shared<const twin::Model>(twin::Model::build(full_plant()).value());
  return kModel;
}

// A fleet in which everything the model expects has been read, as expected.
void fill(fleet::Fleet& fleet, const twin::Model& model) {
  std::map<std::string, std::pair<codec::Catalogue, store::JudgedBatch>> stations;
  for (const auto& [at, value] : model.expectations()) {
    const fleet::Place& place = *at;
    auto& [catalogue, judged] = stations[place.station];
    catalogue.boot = 1;
    const auto number = static_cast<std::uint32_t>(catalogue.series.size());
    catalogue.series.push_back({number,
                                {.quantity = place.quantity,
                                 .source = "slte-1",
                                 .fibre_pair = place.fibre_pair,
                                 .channel = place.channel,
                                 .element = place.element,
                                 .peer = place.peer}});
    judged.agent = place.station;
    judged.batch.series.push_back(number);
    judged.batch.times_unix_ns.push_back(kNow);
    judged.batch.values.push_back(value);
  }
  for (auto& [station, all] : stations) {
    fleet::SeriesIndex index;
    fleet.declare(station, all.first, index);
    fleet.apply(index, all.second);
  }
}

void AssessAll(benchmark::State& state) {
  const twin::Model& model = *full_model();
  fleet::Fleet fleet(model.shared_plant(), 0);
  fill(fleet, model);
  assess::Assessor assessor(
      fleet,
      {.staleness_ns = 30'000'000'000, .silence_ns = 30'000'000'000, .started_unix_ns = kNow});
  for (auto _ : state) benchmark::DoNotOptimize(assessor.assess(model, kNow));
}
BENCHMARK(AssessAll)->Unit(benchmark::kMillisecond);

void FindPlaces(benchmark::State& state) {
  const twin::Model& model = *full_model();
  fleet::Fleet fleet(model.shared_plant(), 0);
  fill(fleet, model);
  for (auto _ : state) {
    assess::Assessor assessor(fleet, {.staleness_ns = 30'000'000'000});
    benchmark::DoNotOptimize(assessor.assess(model, kNow));
  }
}
BENCHMARK(FindPlaces)->Unit(benchmark::kMillisecond);

// From a committed report of a lower launch to the model that expects it.
void FollowOneDirection(benchmark::State& state) {
  for (auto _ : state) {
    twin::Twin twin(full_model());
    twin.observe({.quantity = Quantity::kChannelOutputPower,
                  .station = "sumgait",
                  .fibre_pair = "FP01",
                  .direction = plant::Direction::kAToB,
                  .channel = 32},
                 {.time_unix_ns = kNow, .value = -6});
    for (const twin::Job& job : twin.take_jobs(kNow)) {
      if (!twin.accept(twin::evaluate(job), kNow)) state.SkipWithError("not evaluated");
    }
    benchmark::DoNotOptimize(twin.model());
  }
}
BENCHMARK(FollowOneDirection)->Unit(benchmark::kMillisecond);

// The worst there is: a setting of one repeater on every fibre pair, both ways.
void FollowASettingOfEveryDirection(benchmark::State& state) {
  for (auto _ : state) {
    twin::Twin twin(full_model());
    for (const plant::FibrePair& pair : full_model()->plant().fibre_pairs) {
      for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
        twin.observe({.quantity = Quantity::kRepeaterTargetOutputPower,
                      .station = plant::receiver(full_model()->plant(), direction).id,
                      .fibre_pair = pair.id,
                      .direction = direction,
                      .element = "R2"},
                     {.time_unix_ns = kNow, .value = 16});
      }
    }
    for (const twin::Job& job : twin.take_jobs(kNow)) {
      if (!twin.accept(twin::evaluate(job), kNow)) state.SkipWithError("not evaluated");
    }
    benchmark::DoNotOptimize(twin.model());
  }
}
BENCHMARK(FollowASettingOfEveryDirection)->Unit(benchmark::kMillisecond);

// A pump of a direction with Raman gain and a ROPA, 96 channels.
void FollowAPump(benchmark::State& state) {
  auto plant =
      formats::load_plant(test::source_dir() + "/deploy/plants/trans_caspian_unrepeatered.yaml");
  plant->fibre_pairs.resize(1);
  const auto model = std::make_shared<const twin::Model>(
      twin::Model::build(std::make_shared<const plant::Plant>(std::move(*plant))).value());
  for (auto _ : state) {
    twin::Twin twin(model);
    twin.observe({.quantity = Quantity::kPumpPower,
                  .station = "aktau",
                  .fibre_pair = "FP01",
                  .direction = plant::Direction::kAToB,
                  .element = "receive-ropa"},
                 {.time_unix_ns = kNow, .value = 25});
    for (const twin::Job& job : twin.take_jobs(kNow)) {
      if (!twin.accept(twin::evaluate(job), kNow)) state.SkipWithError("not evaluated");
    }
    benchmark::DoNotOptimize(twin.model());
  }
}
BENCHMARK(FollowAPump)->Unit(benchmark::kMillisecond);

void FitTwentyFiveYears(benchmark::State& state) {
  std::vector<twin::TrendPoint> points;
  for (int week = 0; week < 25 * 52; ++week) {
    const double noise = 0.02 * std::sin(week * 12.9898) * std::cos(week * 78.233);
    points.push_back({week * 7.0, 3 - 0.001 * week + noise - (week > 600 ? 0.4 : 0)});
  }
  for (auto _ : state) benchmark::DoNotOptimize(twin::Trend::fit(points, 0.1));
}
BENCHMARK(FitTwentyFiveYears)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace caspilink

BENCHMARK_MAIN();
