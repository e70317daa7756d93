#include "collector/assess/ageing.h"

namespace caspilink::assess {
namespace {

constexpr double kDayNs = 86'400e9;

twin::Bounded less(twin::Bounded bounded, double by) {
  return {.value = bounded.value - by, .low = bounded.low - by, .high = bounded.high - by};
}

std::optional<std::int64_t> to_unix_ns(std::optional<double> day) {
  if (!day) return std::nullopt;
  return static_cast<std::int64_t>(*day * kDayNs);
}

}  // namespace

Ageing ageing_of(const twin::Trend& q, Db fec_q_limit,
                 std::optional<std::int64_t> end_of_life_unix_ns) {
  const double limit = fec_q_limit.value();
  const auto crossing = q.falls_below(limit);
  Ageing ageing{.margin_now = less(q.at(q.last_day()), limit),
                .per_year = q.per_year(),
                .season = q.season(),
                .margin_end_of_life = std::nullopt,
                .runs_out_unix_ns = to_unix_ns(crossing.day),
                .runs_out_earliest_unix_ns = to_unix_ns(crossing.earliest),
                .runs_out_latest_unix_ns = to_unix_ns(crossing.latest)};
  if (end_of_life_unix_ns) {
    const double day = static_cast<double>(*end_of_life_unix_ns) / kDayNs;
    ageing.margin_end_of_life = less(q.at(day), limit + q.season());
  }
  return ageing;
}

}  // namespace caspilink::assess
