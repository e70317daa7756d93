// What a channel's history says of the margin it will have.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/twin/trend.h"
#include "link_models/units.h"

namespace caspilink::assess {

// Bounds are those of the fit, at 95 %: they know nothing of repairs to come.
struct Ageing {
  twin::Bounded margin_now;  // dB, without the season
  twin::Bounded per_year;    // dB of margin a year; below zero is worse
  double season = 0;         // half of the margin's seasonal swing, dB
  // At the end of the design life, in the season's worst week; nothing without a snapshot to count
  // the life from.
  std::optional<twin::Bounded> margin_end_of_life;
  // When it runs out, in the season's worst week, and the bounds of that; nothing: not within a
  // hundred years.
  std::optional<std::int64_t> runs_out_unix_ns;
  std::optional<std::int64_t> runs_out_earliest_unix_ns;
  std::optional<std::int64_t> runs_out_latest_unix_ns;
};

// Of a trend of Q in dB, over days since 1970.
[[nodiscard]] Ageing ageing_of(const twin::Trend& q, Db fec_q_limit,
                               std::optional<std::int64_t> end_of_life_unix_ns);

}  // namespace caspilink::assess
