// What a block costs: bytes and nanoseconds a sample, by rows in it.
#include <benchmark/benchmark.h>

#include "proto/block/block.h"
#include "tests/proto/block/line_batches.h"

namespace caspilink::block {
namespace {

std::vector<codec::Batch> seconds_of(std::int64_t rows) {
  LineReadings readings(static_cast<std::uint32_t>(rows));
  std::vector<codec::Batch> batches;
  for (int second = 0; second < 16; ++second) batches.push_back(readings.next());
  return batches;
}

void Encode(benchmark::State& state) {
  const auto batches = seconds_of(state.range(0));
  Codec codec(static_cast<int>(state.range(1)));
  std::size_t samples = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes += codec.encode(batches[samples / batches[0].size() % batches.size()])->size();
    samples += batches[0].size();
  }
  state.counters["bytes_a_sample"] = static_cast<double>(bytes) / static_cast<double>(samples);
  state.SetItemsProcessed(static_cast<std::int64_t>(samples));
}
BENCHMARK(Encode)->ArgNames({"rows", "level"})->ArgsProduct({{100, 500, 2000, 4000}, {1, 3}});

void Decode(benchmark::State& state) {
  const auto batches = seconds_of(state.range(0));
  Codec codec;
  const auto block = codec.encode(batches[0]).value();
  const std::vector<std::byte> bytes(block.begin(), block.end());
  Content content;
  for (auto _ : state) benchmark::DoNotOptimize(codec.decode(bytes, content));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(Decode)->ArgName("rows")->Arg(100)->Arg(500)->Arg(2000)->Arg(4000);

}  // namespace
}  // namespace caspilink::block

BENCHMARK_MAIN();
