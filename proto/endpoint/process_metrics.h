// What every program says of itself: version, and the process_ metrics of Prometheus' client
// libraries, read from /proc/self at each scrape.
#pragma once

#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace caspilink::endpoint {

[[nodiscard]] std::vector<prometheus::MetricFamily> process_metrics(std::string_view program);

}  // namespace caspilink::endpoint
