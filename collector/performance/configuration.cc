#include "collector/performance/configuration.h"

#include <cmath>

#include <fmt/format.h>

#include "collector/performance/day.h"
#include "proto/codec/quantity.h"

namespace caspilink::performance {
namespace {

Threshold read_threshold(formats::YamlMap map) {
  Threshold threshold{.quantity = map.text("quantity")};
  const bool counts = is_count(threshold.quantity);
  if (!threshold.quantity.empty() && !counts && !codec::quantity_from_name(threshold.quantity)) {
    map.problem("quantity",
                fmt::format("'{}' is neither a quantity nor one of {}, {}, {}, {}",
                            threshold.quantity, kErroredSeconds, kSeverelyErroredSeconds,
                            kBackgroundBlockErrors, kUnavailableSeconds));
  }
  threshold.length_s =
      map.choice("interval", {"15min", "24h"}) == "24h" ? store::kDay_s : store::kQuarterHour_s;
  const bool at_most = map.has("at_most");
  if (at_most == map.has("at_least")) {
    map.problem("expected either at_least or at_most");
    (void)map.optional_number("at_least");
    (void)map.optional_number("at_most");
  } else {
    threshold.side = at_most ? Threshold::Side::kAtMost : Threshold::Side::kAtLeast;
    threshold.raise = map.number(at_most ? "at_most" : "at_least");
    if (counts && at_most) map.problem("at_most", "a count has a threshold it is at_least");
  }
  threshold.reset = map.number_or("reset", threshold.raise);
  if (at_most ? threshold.reset < threshold.raise : threshold.reset > threshold.raise) {
    map.problem("reset", "lies beyond the threshold itself");
  }
  return threshold;
}

}  // namespace

std::vector<Threshold> default_thresholds() {
  return {{.quantity = kSeverelyErroredSeconds, .raise = 3, .reset = 0},
          {.quantity = kUnavailableSeconds, .raise = 10, .reset = 0}};
}

Settings read_settings(formats::YamlMap section) {
  Settings settings;
  settings.severely_errored_ratio = section.number_or(
      "severely_errored_ratio", settings.severely_errored_ratio, {.above = 0, .at_most = 1});
  settings.blocks_per_second = static_cast<std::uint64_t>(
      section.integer_or("blocks_per_second", static_cast<std::int64_t>(settings.blocks_per_second),
                         1, 1'000'000'000'000));
  settings.longest_gap_s = static_cast<std::uint32_t>(
      section.integer_or("longest_gap_s", settings.longest_gap_s, 1, 300));
  settings.thresholds = default_thresholds();
  if (section.has("thresholds")) {
    settings.thresholds.clear();
    for (auto& map : section.optional_maps("thresholds")) {
      settings.thresholds.push_back(read_threshold(std::move(map)));
    }
  }
  return settings;
}

}  // namespace caspilink::performance
