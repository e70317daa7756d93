// Propagation alone over routes in GNPy's files, as GNPy's own timings count it: files are read and
// amplifiers designed before. The routes are the shared reference cases, in the folder `gnpy` of
// CASPILINK_SHARED or of `shared` beside the checkout; without them nothing is measured.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "link_models/design/design.h"
#include "link_models/design/path.h"
#include "link_models/design/propagation.h"
#include "link_models/formats/gnpy/equipment_json.h"
#include "link_models/formats/gnpy/light_json.h"
#include "link_models/formats/gnpy/topology_json.h"
#include "tests/support/paths.h"

namespace caspilink {
namespace {

std::string shared_cases() {
  const char* const given = std::getenv("CASPILINK_SHARED");
  return (given != nullptr ? given : caspilink::test::source_dir() + "/../shared") + "/gnpy/";
}

void propagate(benchmark::State& state, const char* route, const char* simulation_name) {
  const std::string folder = shared_cases() + route + "/";
  if (!std::filesystem::exists(folder)) {
    state.SkipWithError("no shared reference cases");
    return;
  }
  std::vector<std::string> warnings;
  const auto equipment = formats::gnpy::load_equipment({folder + "eqpt.json", {}, {}}, warnings);
  auto network = formats::gnpy::load_topology(folder + "topology.json", *equipment);
  const auto simulation =
      formats::gnpy::load_simulation(shared_cases() + "sim/" + simulation_name + ".json");
  const auto channels = formats::gnpy::load_spectrum(folder + "spectrum.json");
  if (!design::design(*network, *equipment, *simulation, {false, equipment->spectrum.power},
                      warnings)) {
    std::abort();
  }
  const auto ends = network->all<design::Transceiver>();
  const auto path = design::shortest_path(*network, ends[0], ends[1], {});
  for (auto _ : state) {
    const auto result = design::propagate(*network, *equipment, *path, *channels, *simulation);
    if (!result) std::abort();
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK_CAPTURE(propagate, five_spans_gn, "a_5x76_ssmf", "gn")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(propagate, five_spans_gn_srs, "a_5x76_ssmf", "gn_srs")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(propagate, five_spans_ggn_all_channels_srs, "a_5x76_ssmf", "ggn_ss_srs")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(propagate, raman_250_km_gn, "d_1x250_raman", "gn_pump")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(propagate, raman_250_km_ggn, "d_1x250_raman", "ggn_ss_pump")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace caspilink

BENCHMARK_MAIN();
