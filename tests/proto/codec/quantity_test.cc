#include "proto/codec/quantity.h"

#include <cmath>
#include <set>
#include <string>

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "proto/telemetry.pb.h"

namespace caspilink::codec {
namespace {

std::string wire_name(const QuantityInfo& row) {
  std::string name = "QUANTITY_";
  for (const char c : row.name) name += static_cast<char>(std::toupper(c));
  return name;
}

TEST(QuantityTest, TableAndWireEnumAreTheSameList) {
  const auto* wire = telemetry::v1::Quantity_descriptor();
  for (const QuantityInfo& row : quantities()) {
    const auto* value = wire->FindValueByNumber(static_cast<int>(row.quantity));
    ASSERT_NE(value, nullptr) << row.name;
    EXPECT_EQ(value->name(), wire_name(row));
  }
  // The wire has one more: QUANTITY_UNSPECIFIED.
  EXPECT_EQ(static_cast<std::size_t>(wire->value_count()), quantities().size() + 1);
}

TEST(QuantityTest, EveryRowIsFoundByNameAndNumber) {
  for (const QuantityInfo& row : quantities()) {
    EXPECT_EQ(quantity_from_name(row.name), row.quantity);
    EXPECT_EQ(quantity_from_number(static_cast<std::uint32_t>(row.quantity)), row.quantity);
    EXPECT_EQ(info(row.quantity).name, row.name);
  }
}

TEST(QuantityTest, UnknownNamesAndNumbersAreNothing) {
  EXPECT_EQ(quantity_from_name(""), std::nullopt);
  EXPECT_EQ(quantity_from_name("q_valu"), std::nullopt);
  EXPECT_EQ(quantity_from_name("Q_VALUE"), std::nullopt);
  EXPECT_EQ(quantity_from_number(0), std::nullopt);
  EXPECT_EQ(quantity_from_number(65536 + 11), std::nullopt);
}

TEST(QuantityTest, NamesMetricsAndPathsAreUnique) {
  std::set<std::string_view> names;
  std::set<std::string_view> metrics;
  std::set<std::string_view> paths;
  for (const QuantityInfo& row : quantities()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(metrics.insert(row.metric).second) << row.metric;
    if (!row.openconfig.empty()) {
      EXPECT_TRUE(paths.insert(row.openconfig).second) << row.openconfig;
    }
  }
}

TEST(QuantityTest, MetricNamesKeepPrometheusConventions) {
  for (const QuantityInfo& row : quantities()) {
    EXPECT_TRUE(row.metric.starts_with("caspilink_")) << row.metric;
    EXPECT_FALSE(row.metric.ends_with("_total")) << row.metric << " is a gauge";
    EXPECT_EQ(row.metric.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos)
        << row.metric;
    EXPECT_GT(row.metric_scale, 0) << row.metric;
    EXPECT_FALSE(row.help.empty()) << row.metric;
  }
}

TEST(QuantityTest, RangesAreFiniteAndOrdered) {
  for (const QuantityInfo& row : quantities()) {
    EXPECT_TRUE(std::isfinite(row.minimum) && std::isfinite(row.maximum)) << row.name;
    EXPECT_LT(row.minimum, row.maximum) << row.name;
  }
}

}  // namespace
}  // namespace caspilink::codec
