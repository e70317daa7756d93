// The agent's hot path, part by part.
#include <benchmark/benchmark.h>

#include "agent/runtime/batcher.h"
#include "agent/sources/gnmi/mapping.h"
#include "agent/spool/memory_spool.h"
#include "agent/spool/sqlite_spool.h"
#include "proto/gnmi.pb.h"
#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"

namespace caspilink {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;

::gnmi::Notification one_channel() {
  auto notification = test::GnmiTarget::notification(kNow);
  double value = 0.25;
  for (const auto& row : codec::quantities()) {
    if (row.scope != codec::Scope::kChannel || row.openconfig.empty()) continue;
    std::string path(row.openconfig);
    path.replace(path.find('*'), 1, "och-FP03-48");
    test::GnmiTarget::add(notification, path + "/instant").set_double_val(value += 0.25);
  }
  return notification;
}

gnmi::Mapping::Options options() {
  return {.source = "slte-1",
          .rules = {{sources::NamePattern::parse("och-{fibre_pair}-{channel}").value(), {}}}};
}

codec::Batch batch_of(std::uint64_t sequence, std::size_t rows) {
  codec::Batch batch{.id = {9, sequence}};
  for (std::size_t row = 0; row < rows; ++row) {
    batch.series.push_back(static_cast<std::uint32_t>(row + 1));
    batch.times_unix_ns.push_back(kNow);
    batch.values.push_back(static_cast<double>((sequence * 7919 + row * 104729) % 3000) / 100);
  }
  return batch;
}

void ReadAndMap(benchmark::State& state) {
  gnmi::Mapping mapping(options());
  const std::string wire = one_channel().SerializeAsString();
  std::vector<codec::Observation> observed;
  for (auto _ : state) {
    observed.clear();
    mapping.apply(wire, kNow, observed);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * observed.size()));
}
BENCHMARK(ReadAndMap);

// What reading with protobuf's objects would cost.
void ParseAlone(benchmark::State& state) {
  const std::string wire = one_channel().SerializeAsString();
  std::int64_t updates = 0;
  for (auto _ : state) {
    ::gnmi::Notification notification;
    notification.ParseFromString(wire);
    updates += notification.update_size();
  }
  state.SetItemsProcessed(updates);
}
BENCHMARK(ParseAlone);

void Batching(benchmark::State& state) {
  gnmi::Mapping mapping(options());
  std::vector<codec::Observation> observed;
  mapping.apply(one_channel().SerializeAsString(), kNow, observed);
  spool::MemorySpool spool;
  runtime::Batcher batcher({.boot = 9}, spool);
  for (auto _ : state) {
    batcher.observe(observed);
    if (!batcher.full()) continue;
    for (const auto& cut : batcher.cut(kNow)) spool.forget(cut.position);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * observed.size()));
}
BENCHMARK(Batching);

void AppendToDisk(benchmark::State& state) {
  const test::TemporaryFolder folder;
  auto spool =
      spool::SqliteSpool::open({.file = (folder.path() / "spool.sqlite").string()}).value();
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    const auto position = spool->append(batch_of(++sequence, 400), {}, kNow);
    spool->forget(*position);
  }
}
BENCHMARK(AppendToDisk);

}  // namespace
}  // namespace caspilink

BENCHMARK_MAIN();
