// The repeatered reference plant, as tests of the collector need it, and readings to feed it with.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "collector/fleet/fleet.h"
#include "link_models/formats/plant_yaml.h"
#include "tests/support/paths.h"

namespace caspilink::test {

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kStart = 1'800'000'000 * kSecond;

inline std::string plant_path() {
  return caspilink::test::source_dir() + "/deploy/plants/trans_caspian_repeatered.yaml";
}

// Cut down to its first `fibre_pairs`, so that tests read at a glance.
inline std::shared_ptr<const plant::Plant> small_plant(std::size_t fibre_pairs = 2) {
  auto plant = formats::load_plant(plant_path());
  EXPECT_TRUE(plant) << plant.error().message();
  plant->fibre_pairs.resize(fibre_pairs);
  return std::make_shared<const plant::Plant>(std::move(*plant));
}

// Sends single readings into a fleet, as an agent's batches would.
class Feed {
 public:
  explicit Feed(fleet::Fleet& fleet) : fleet_(fleet) {}

  void reading(const std::string& station, codec::MeasurementPoint point, std::int64_t time,
               codec::Reading reading, double value = 0) {
    point.source = point.source.empty() ? "slte-1" : point.source;
    fleet::SeriesIndex index;
    fleet_.declare(station, {.boot = 1, .series = {{1, point}}}, index);
    store::JudgedBatch judged{.agent = station, .received_unix_ns = time};
    judged.batch = {.id = {1, ++sequence_},
                    .series = {1},
                    .times_unix_ns = {time},
                    .values = {value},
                    .readings = {reading}};
    judged.set_aside = fleet_.judge(index, judged.batch, time);
    fleet_.apply(index, judged);
    fleet_.count(judged);
  }
  void value(const std::string& station, codec::MeasurementPoint point, std::int64_t time,
             double value) {
    reading(station, std::move(point), time, codec::Reading::kValue, value);
  }

 private:
  fleet::Fleet& fleet_;
  std::uint64_t sequence_ = 0;
};

inline codec::MeasurementPoint channel_point(codec::Quantity quantity, std::string fibre_pair,
                                             std::uint32_t channel) {
  return {.quantity = quantity, .fibre_pair = std::move(fibre_pair), .channel = channel};
}
inline codec::MeasurementPoint line_point(codec::Quantity quantity, std::string fibre_pair) {
  return {.quantity = quantity, .fibre_pair = std::move(fibre_pair)};
}
inline codec::MeasurementPoint path_point(codec::Quantity quantity, std::string fibre_pair,
                                          std::string peer) {
  return {.quantity = quantity,
          .source = "stamp",
          .fibre_pair = std::move(fibre_pair),
          .peer = std::move(peer)};
}

}  // namespace caspilink::test
