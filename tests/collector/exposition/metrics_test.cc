#include "collector/exposition/metrics.h"

#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>

#include "collector/twin/model.h"
#include "tests/collector/small_plant.h"
#include "tests/support/paths.h"

namespace caspilink::exposition {
namespace {

TEST(MetricsTest, EveryNameIsThereOnce) {
  std::set<std::string> names;
  for (const Metric& metric : metrics()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_TRUE(metric.name.starts_with("caspilink_")) << metric.name;
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::kCounter) << metric.name;
    EXPECT_TRUE(metric.help.ends_with('.')) << metric.name;
  }
}

TEST(MetricsTest, WhatIsExpectedIsExactlyWhatTheModelSays) {
  // One with repeaters and a power feed, one with pumps.
  auto pumped =
      formats::load_plant(test::source_dir() + "/deploy/plants/trans_caspian_unrepeatered.yaml");
  ASSERT_TRUE(pumped) << pumped.error().message();
  pumped->fibre_pairs.resize(1);
  std::set<codec::Quantity> modelled;
  for (const auto& plant :
       {test::small_plant(), std::make_shared<const plant::Plant>(std::move(*pumped))}) {
    const auto model = twin::Model::build(plant).value();
    for (const auto& expected : model.expectations()) modelled.insert(expected.place->quantity);
  }
  for (const auto& info : codec::quantities()) {
    EXPECT_EQ(!expected_metric(info).empty(), modelled.contains(info.quantity)) << info.name;
  }
}

TEST(MetricsTest, ResidualsOfLevelsAreInDecibelsAndOthersInTheirOwnUnit) {
  EXPECT_EQ(residual_metric(codec::info(codec::Quantity::kChannelInputPower)),
            "caspilink_residual_channel_input_power_decibels");
  EXPECT_EQ(residual_metric(codec::info(codec::Quantity::kRoundTripDelay)),
            "caspilink_residual_round_trip_delay_seconds");
  EXPECT_EQ(residual_metric(codec::info(codec::Quantity::kPreFecBer)),
            "caspilink_residual_pre_fec_ber_ratio");
  EXPECT_EQ(uncertainty_metric(codec::info(codec::Quantity::kChannelInputPower)),
            "caspilink_residual_uncertainty_channel_input_power_decibels");
  EXPECT_EQ(residual_metric(codec::info(codec::Quantity::kSopRate)), "");
}

TEST(MetricsTest, TheCommittedPageIsTheTable) {
  std::ifstream file(caspilink::test::source_dir() + "/collector/METRICS.md");
  const std::string committed(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(committed, reference_page())
      << "make it again: caspilink-collector metrics-reference > collector/METRICS.md";
}

}  // namespace
}  // namespace caspilink::exposition
