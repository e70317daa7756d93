// Every metric the collector has, once: what rendering may emit and what the reference page lists.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "proto/codec/quantity.h"

namespace caspilink::exposition {

enum class MetricType { kGauge, kCounter };

struct Metric {
  std::string name;
  MetricType type = MetricType::kGauge;
  std::string help;
  std::vector<std::string> labels;
};

// In the order of the exposition: the line first, then alarms, then the collector itself.
[[nodiscard]] const std::vector<Metric>& metrics();

// "caspilink_expected_..." of a quantity the model knows; empty for the others.
[[nodiscard]] std::string expected_metric(const codec::QuantityInfo& info);
// "caspilink_residual_...", in decibels for levels and in the metric's own unit for the rest; empty
// where nothing is expected.
[[nodiscard]] std::string residual_metric(const codec::QuantityInfo& info);
// "caspilink_residual_uncertainty_..." likewise.
[[nodiscard]] std::string uncertainty_metric(const codec::QuantityInfo& info);

// The page collector/METRICS.md: the same table in Markdown, with what every program has.
[[nodiscard]] std::string reference_page();

}  // namespace caspilink::exposition
