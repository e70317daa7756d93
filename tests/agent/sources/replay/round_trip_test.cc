// What a collector's history prints is what a replay brings in: the same points, times, readings
// and values, to the last bit.
#include <cstdio>
#include <limits>

#include <gmock/gmock.h>

#include "agent/sources/replay/sample_reader.h"
#include "collector/program/dump.h"
#include "collector/store/sqlite_store.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::replay {
namespace {

class RoundTripTest : public testing::TestWithParam<program::Format> {};

TEST_P(RoundTripTest, HistoryComesBackAsItWas) {
  const test::TemporaryFolder folder;
  const std::string directory = folder.path() / "store";
  const std::vector<codec::MeasurementPoint> points = {
      {.quantity = codec::Quantity::kOsnr,
       .source = "slte-1",
       .component = "och, \"east\"\nupper",
       .fibre_pair = "FP01",
       .channel = 96},
      {.quantity = codec::Quantity::kPowerFeedVoltage,
       .statistic = codec::Statistic::kMaximum,
       .source = "pfe",
       .element = "pfe_a"},
      {.quantity = codec::Quantity::kRoundTripDelay,
       .source = "stamp",
       .fibre_pair = "FP02",
       .peer = "aktau"}};
  codec::Catalogue catalogue{.boot = 7, .series = {}};
  for (const auto& point : points) {
    catalogue.series.push_back({static_cast<std::uint32_t>(catalogue.series.size() + 1), point});
  }
  auto batch = store::make_batch("sumgait", 7, 1, 0);
  const auto add = [&](std::uint32_t series, std::int64_t time, double value,
                       codec::Reading reading = codec::Reading::kValue) {
    batch->batch.series.push_back(series);
    batch->batch.times_unix_ns.push_back(time);
    batch->batch.values.push_back(value);
    batch->batch.readings.push_back(reading);
  };
  add(1, 1'799'999'999'123'456'789, 18.2);
  add(1, 1'799'999'999'123'456'790, 0.1 + 0.2);
  add(1, 1'799'999'999'123'456'791, 0, codec::Reading::kNoLight);
  add(1, 1'799'999'999'123'456'792, 0, codec::Reading::kBelowRange);
  add(1, 1'799'999'999'123'456'793, 0, codec::Reading::kNotSupported);
  add(2, 1'799'999'999'123'456'794, -6300.5);
  add(2, 1'799'999'999'123'456'795, 0, codec::Reading::kWithdrawn);
  add(3, 1'799'999'999'123'456'796, 3.7e-3);
  add(3, 1'799'999'999'123'456'797, std::numeric_limits<double>::denorm_min());
  add(3, 1'799'999'999'123'456'798, 0);
  {
    auto opened = store::SqliteStore::open(directory, {}, [](const store::Commit&) {});
    ASSERT_TRUE(opened) << opened.error().message();
    (*opened)->declare("sumgait", catalogue, store::kNow);
    (*opened)->append(batch);
  }
  const std::string recording = folder.path() / "recording";
  std::FILE* out = std::fopen(recording.c_str(), "w");
  ASSERT_NE(out, nullptr);
  const auto dumped = program::dump_history(directory, {}, GetParam(), out);
  std::fclose(out);
  ASSERT_TRUE(dumped) << dumped.error().message();

  auto reader = SampleReader::open(recording);
  ASSERT_TRUE(reader) << reader.error().message();
  for (std::size_t row = 0; row < batch->batch.size(); ++row) {
    const auto sample = (*reader)->next();
    ASSERT_TRUE(sample) << sample.error().message();
    ASSERT_TRUE(*sample) << "row " << row;
    EXPECT_EQ((*sample)->station, "sumgait");
    const codec::Observation& observation = (*sample)->observation;
    EXPECT_EQ(observation.point, points[batch->batch.series[row] - 1]) << row;
    EXPECT_EQ(observation.time_unix_ns, batch->batch.times_unix_ns[row]);
    EXPECT_EQ(observation.reading, batch->batch.readings[row]);
    EXPECT_EQ(observation.value, batch->batch.values[row]);
  }
  const auto end = (*reader)->next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTripTest,
                         testing::Values(program::Format::kCsv, program::Format::kJson),
                         [](const auto& format) {
                           return format.param == program::Format::kCsv ? "Csv" : "Json";
                         });

}  // namespace
}  // namespace caspilink::replay
