// One scrape's text from a snapshot of 100,000 series: CPU time, and whether memory grows.
//
// Usage: collector_render_bench [ROUNDS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "collector/exposition/render.h"
#include "tests/collector/small_plant.h"

namespace {

using namespace caspilink;

double cpu_ms() { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 21;
  exposition::Snapshot snapshot;
  snapshot.model =
      std::make_shared<const assess::Model>(assess::Model::build(test::small_plant(1)).value());
  snapshot.time_unix_ns = test::kStart;
  for (std::uint32_t channel = 1; snapshot.observed.size() < 100'000; ++channel) {
    snapshot.observed.push_back(
        {fleet::Place{.quantity = codec::Quantity::kQValue,
                      .station = "aktau",
                      .fibre_pair = fmt::format("FP{:02}", channel / 6250 + 1),
                      .direction = plant::Direction::kAToB,
                      .channel = channel % 6250 + 1},
         9.0 + 0.001 * (channel % 3000)});
  }
  std::ranges::sort(snapshot.observed, {}, &exposition::Observed::place);
  // Twice: from then on the old text is there while the new one is made.
  std::string text = exposition::render(snapshot);
  text = exposition::render(snapshot);
  const long before = peak_kib();
  std::vector<double> took;
  for (int round = 0; round < rounds; ++round) {
    const double begin = cpu_ms();
    text = exposition::render(snapshot);
    took.push_back(cpu_ms() - begin);
  }
  std::ranges::sort(took);
  std::printf("%s\n",
              fmt::format("{} series, {:.1f} MB: median {:.1f} ms CPU, worst {:.1f} ms; peak "
                          "memory grew by {} KiB over {} scrapes",
                          std::ranges::count(text, '\n'), static_cast<double>(text.size()) / 1e6,
                          took[took.size() / 2], took.back(), peak_kib() - before, rounds)
                  .c_str());
  return 0;
}
