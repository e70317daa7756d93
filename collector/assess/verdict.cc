#include "collector/assess/verdict.h"

#include <algorithm>
#include <cmath>

#include "link_models/physics/q_factor.h"

namespace caspilink::assess {
namespace {

using codec::Quantity;

double on_the_worse_side(double residual, twin::Worse side) {
  switch (side) {
    case twin::Worse::kBelow:
      return std::max(-residual, 0.0);
    case twin::Worse::kAbove:
      return std::max(residual, 0.0);
    case twin::Worse::kEither:
      break;
  }
  return std::abs(residual);
}

// Held against the ratios at which Q, which is what has limits, is as far off as it may be.
std::optional<Yardstick> yardstick_of_ber(const twin::Tolerances& tolerances, double expected,
                                          double uncertainty) {
  const double q = physics::q_from_ber(expected).value();
  const auto of_q = yardstick_of(tolerances, Quantity::kQValue, q);
  if (!of_q) return std::nullopt;
  Yardstick made{.expected = expected,
                 .uncertainty = uncertainty,
                 .worse = twin::Worse::kAbove,
                 .in_ratios = true};
  const auto ratio_at = [&](double distance) {
    return std::log(physics::ber_from_q(Db(q - distance)) / expected);
  };
  if (of_q->minor) made.minor = ratio_at(*of_q->minor);
  if (of_q->major) made.major = ratio_at(*of_q->major);
  return made;
}

}  // namespace

Verdict verdict_of(Db margin, const plant::AlarmThresholds& thresholds) {
  if (margin <= thresholds.q_margin_critical) return Verdict::kBelowBudget;
  if (margin < thresholds.q_margin_minor) return Verdict::kMarginLow;
  return Verdict::kWithinBudget;
}

Verdict verdict_of(Seconds round_trip_residual, const plant::AlarmThresholds& thresholds) {
  return std::abs(round_trip_residual.value()) / 2 > thresholds.latency_tolerance.value()
             ? Verdict::kBelowBudget
             : Verdict::kWithinBudget;
}

std::optional<Yardstick> yardstick_of(const twin::Tolerances& tolerances, Quantity quantity,
                                      double expected) {
  const auto uncertainty = tolerances.uncertainty(quantity, expected);
  if (!uncertainty) return std::nullopt;
  if (quantity == Quantity::kPreFecBer) return yardstick_of_ber(tolerances, expected, *uncertainty);
  const twin::Tolerance& tolerance = *tolerances.find(quantity);
  const double scale = tolerance.relative ? std::abs(expected) : 1;
  Yardstick made{.expected = expected, .uncertainty = *uncertainty, .worse = tolerance.worse};
  // Parts of nothing are no limit: a plant that states no PDL says nothing about it.
  if (scale == 0) return made;
  if (tolerance.minor) made.minor = std::max(*tolerance.minor * scale, kCoverage * *uncertainty);
  if (tolerance.major) made.major = std::max(*tolerance.major * scale, *made.minor);
  return made;
}

Yardstick less_certain(const Yardstick& yardstick, double uncertainty) {
  Yardstick made = yardstick;
  made.uncertainty = std::hypot(made.uncertainty, uncertainty);
  for (std::optional<double>* distance : {&made.minor, &made.major}) {
    if (*distance) *distance = std::max(**distance, kCoverage * made.uncertainty);
  }
  return made;
}

Deviation compare(double observed, const Yardstick& yardstick) {
  Deviation found{.observed = observed,
                  .expected = yardstick.expected,
                  .residual = observed - yardstick.expected,
                  .uncertainty = yardstick.uncertainty};
  if (!yardstick.minor) return found;
  const double distance =
      yardstick.in_ratios ? std::log(observed / yardstick.expected) : found.residual;
  const double size = on_the_worse_side(distance, yardstick.worse);
  found.strain = size / *yardstick.minor;
  found.verdict = size <= *yardstick.minor                     ? Verdict::kWithinBudget
                  : yardstick.major && size > *yardstick.major ? Verdict::kBelowBudget
                                                               : Verdict::kMarginLow;
  return found;
}

Verdict worse(Verdict a, Verdict b) {
  const auto rank = [](Verdict verdict) {
    switch (verdict) {
      case Verdict::kWithinBudget:
        return 0;
      case Verdict::kUnknown:
        return 1;
      case Verdict::kMarginLow:
        return 2;
      case Verdict::kBelowBudget:
        break;
    }
    return 3;
  };
  return rank(a) >= rank(b) ? a : b;
}

}  // namespace caspilink::assess
