// Budgets in process and `linkbudget` as a whole process, on the reference plants of 96 channels.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "link_models/budget/link_budget.h"
#include "link_models/formats/plant_yaml.h"
#include "link_models/plant/reported.h"
#include "tests/support/paths.h"

extern char** environ;

namespace caspilink {
namespace {

const std::string kPlants = caspilink::test::source_dir() + "/deploy/plants/trans_caspian_";

std::string path_of(bool repeatered) {
  return kPlants + (repeatered ? "repeatered.yaml" : "unrepeatered.yaml");
}

plant::Line line_of_plant(bool repeatered) {
  const auto plant = formats::load_plant(path_of(repeatered));
  if (!plant) std::abort();
  return *plant::line_of(*plant, "FP01", plant::Direction::kAToB);
}

void evaluate_line(benchmark::State& state, bool repeatered, bool end_of_life) {
  const plant::Line line = line_of_plant(repeatered);
  for (auto _ : state) {
    benchmark::DoNotOptimize(budget::evaluate(line, {.end_of_life = end_of_life}));
  }
}
BENCHMARK_CAPTURE(evaluate_line, five_spans_bol_and_eol, true, true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(evaluate_line, five_spans_bol, true, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(evaluate_line, unrepeatered_bol_and_eol, false, true)
    ->Unit(benchmark::kMicrosecond);

// The general sum: a spectrum in which no two distances are known to be alike.
void evaluate_uneven_grid(benchmark::State& state) {
  plant::Line line = line_of_plant(true);
  line.channels[50].frequency += Hertz(1e9);
  for (auto _ : state) {
    benchmark::DoNotOptimize(budget::evaluate(line, {.end_of_life = false}));
  }
}
BENCHMARK(evaluate_uneven_grid)->Unit(benchmark::kMicrosecond);

// What a digital twin asks for at every report: every element's light, and gaps in the spectrum.
void evaluate_as_reported(benchmark::State& state, bool repeatered, bool with_gaps) {
  plant::ReportedLine report;
  report.launch_power = {{32, Dbm(-2.5)}};
  report.losses = {{Kilometers(190), Db(0.4), "drift"}};
  if (with_gaps) report.dark_channels = {5, 6, 7, 40, 77};
  const plant::Line line = line_of_plant(repeatered);
  for (auto _ : state) {
    const auto now = plant::as_reported(line, report);
    if (!now) std::abort();
    benchmark::DoNotOptimize(budget::evaluate(*now, {.end_of_life = false, .element_light = true}));
  }
}
BENCHMARK_CAPTURE(evaluate_as_reported, five_spans, true, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(evaluate_as_reported, five_spans_dark_channels, true, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(evaluate_as_reported, unrepeatered, false, false)->Unit(benchmark::kMicrosecond);

// Hundreds of channels: a quarter of the spacing, the same density of light.
void evaluate_many_channels(benchmark::State& state, plant::NonlinearModelKind kind) {
  plant::Line line = line_of_plant(true);
  plant::Channel channel = line.channels.front();
  channel.slot_width = channel.baud_rate = Hertz(12.5e9);
  line.channels.clear();
  for (int number = 1; number <= static_cast<int>(state.range(0)); ++number) {
    channel.number = number;
    channel.launch_power = Dbm(-8);
    channel.frequency = Hertz(191.35e12 + number * 12.5e9);
    line.channels.push_back(channel);
  }
  line.light_model.nonlinear = kind;
  for (auto _ : state) {
    benchmark::DoNotOptimize(budget::evaluate(line, {.end_of_life = false}));
  }
}
BENCHMARK_CAPTURE(evaluate_many_channels, gn, plant::NonlinearModelKind::kGn)
    ->Arg(192)
    ->Arg(384)
    ->Arg(768)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluate_many_channels, gn_srs, plant::NonlinearModelKind::kGnSrs)
    ->Arg(192)
    ->Arg(384)
    ->Arg(768)
    ->Unit(benchmark::kMillisecond);

void load_plant(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(formats::load_plant(path_of(true)));
}
BENCHMARK(load_plant)->Unit(benchmark::kMicrosecond);

// From exec to exit, all sixteen pairs and both directions.
void whole_process(benchmark::State& state, const char* format) {
  const std::string program = caspilink::test::binary_dir() + "/bin/linkbudget";
  const std::string plant = path_of(true);
  std::vector<std::string> words = {program, "compute", plant, "--format", format};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  long peak_kib = 0;
  for (auto _ : state) {
    pid_t pid = 0;
    int status = 0;
    rusage usage{};
    if (posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ) != 0 ||
        wait4(pid, &status, 0, &usage) != pid || status != 0) {
      state.SkipWithError("linkbudget failed");
      break;
    }
    peak_kib = std::max(peak_kib, usage.ru_maxrss);
  }
  posix_spawn_file_actions_destroy(&actions);
  state.counters["peak_rss_mib"] = static_cast<double>(peak_kib) / 1024;
}
BENCHMARK_CAPTURE(whole_process, table, "table")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(whole_process, json, "json")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(whole_process, csv, "csv")->Unit(benchmark::kMillisecond)->UseRealTime();

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace
}  // namespace caspilink

int main(int argc, char** argv) {
  benchmark::AddCustomContext("processor", caspilink::processor());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
