#include "collector/program/judging_config.h"

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace caspilink::program {
namespace {

using formats::YamlMap;

constexpr double kNanosPerSecond = 1e9;
constexpr double kNanosPerHour = 3600e9;
constexpr double kLongest_s = 31 * 86'400.0;

std::int64_t to_ns(double seconds) { return static_cast<std::int64_t>(seconds * kNanosPerSecond); }

// Quantities of the keys, unknown names reported.
template <typename Visit>
void each_quantity(YamlMap& map, const Visit& visit) {
  for (const std::string& name : map.keys()) {
    const auto quantity = codec::quantity_from_name(name);
    if (quantity) {
      visit(name, *quantity);
    } else {
      map.problem(name, fmt::format("expected the name of a quantity, got '{}'", name));
    }
  }
}

void read_freshness(YamlMap& assess, fleet::Freshness& freshness) {
  if (auto map = assess.optional_map("staleness_of_quantity_s")) {
    each_quantity(*map, [&](const std::string& name, codec::Quantity quantity) {
      freshness.of_quantity_ns[quantity] =
          to_ns(map->number(name, {.above = 0, .at_most = kLongest_s}));
    });
  }
  if (auto map = assess.optional_map("staleness_of_source_s")) {
    for (const std::string& name : map->keys()) {
      freshness.of_source_ns[name] = to_ns(map->number(name, {.above = 0, .at_most = kLongest_s}));
    }
  }
}

void read_tolerances(YamlMap& assess, std::map<codec::Quantity, twin::Tolerance>& tolerances) {
  auto map = assess.optional_map("tolerances");
  if (!map) return;
  const auto known = twin::Tolerances::defaults({});
  each_quantity(*map, [&](const std::string& name, codec::Quantity quantity) {
    YamlMap entry = map->map(name);
    twin::Tolerance tolerance;
    tolerance.model = entry.number("model", {.at_least = 0});
    tolerance.measurement = entry.number("measurement", {.at_least = 0});
    tolerance.minor = entry.optional_number("minor", {.above = 0});
    tolerance.major = entry.optional_number("major", {.at_least = tolerance.minor.value_or(0)});
    tolerance.relative = entry.boolean_or("relative", false);
    if (const twin::Tolerance* usual = known.find(quantity)) tolerance.worse = usual->worse;
    if (tolerance.major && !tolerance.minor) entry.problem("major", "expected a minor limit too");
    if (known.find(quantity) == nullptr || quantity == codec::Quantity::kPreFecBer) {
      map->problem(name,
                   "expected a quantity with a tolerance of its own; see collector/README.md");
    }
    tolerances[quantity] = tolerance;
  });
}

// "2026-12-01" as its beginning, UTC.
std::optional<std::int64_t> day_of(std::string_view text) {
  int parts[3] = {};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0 && (at == end || *at++ != '-')) return std::nullopt;
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || parts[i] < 0) return std::nullopt;
    at = next;
  }
  const std::chrono::year_month_day date{std::chrono::year(parts[0]),
                                         std::chrono::month(static_cast<unsigned>(parts[1])),
                                         std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (at != end || !date.ok() || parts[0] < 1970 || parts[0] > 2200) return std::nullopt;
  const auto since = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

void read_baselines(YamlMap map, twin::BaselineSettings& baselines) {
  baselines.commission_after_ns = static_cast<std::int64_t>(
      kNanosPerHour *
      map.number_or("commission_after_h", 24, {.at_least = 0, .at_most = 24.0 * 366}));
  if (const auto text = map.optional_text("commissioned_since")) {
    if (const auto day = day_of(*text)) {
      baselines.commissioned_since_unix_ns = *day;
    } else {
      map.problem("commissioned_since",
                  fmt::format("expected a date like 2026-12-01, got '{}'", *text));
    }
  }
  baselines.design_life_years =
      map.number_or("design_life_years", baselines.design_life_years, {.above = 0, .at_most = 100});
}

}  // namespace

twin::Tolerances JudgingConfig::tolerances_for(const plant::AlarmThresholds& thresholds) const {
  twin::Tolerances all = twin::Tolerances::defaults(thresholds);
  for (const auto& [quantity, tolerance] : tolerances) all.set(quantity, tolerance);
  return all;
}

JudgingConfig read_judging(YamlMap& root) {
  JudgingConfig config;
  if (auto assess = root.optional_map("assess")) {
    config.interval = Seconds(assess->number_or("interval_s", config.interval.value(),
                                                {.at_least = 0.05, .at_most = 60}));
    if (const auto stale = assess->optional_number("staleness_s", {.above = 0})) {
      config.staleness = Seconds(*stale);
    }
    read_freshness(*assess, config.freshness);
    read_tolerances(*assess, config.tolerances);
  }
  if (auto map = root.optional_map("baselines")) read_baselines(*map, config.baselines);
  return config;
}

}  // namespace caspilink::program
