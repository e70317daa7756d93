// One scrape's text from a snapshot of 100,000 series: CPU time, and whether memory grows.
//
// Usage: collector_render_bench [ROUNDS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "collector/exposition/render.h"
#include "collector/program/allocator.h"
#include "tests/bench/collector/many_series.h"

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
  program::settle_allocator();
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 21;
  const exposition::Snapshot snapshot = bench::many_series();
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
  std::printf("%s\n",
              fmt::format("{} series, {:.1f} MB: median {:.1f} ms CPU, p90 {:.1f} ms, worst "
                          "{:.1f} ms; peak memory grew by {} KiB over {} scrapes",
                          std::ranges::count(text, '\n'), static_cast<double>(text.size()) / 1e6,
                          bench::quantile(took, 0.5), bench::quantile(took, 0.9),
                          bench::quantile(took, 1), peak_kib() - before, rounds)
                  .c_str());
  return 0;
}
