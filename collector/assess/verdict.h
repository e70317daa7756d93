// The words of judgement, and how a figure comes by one: its residual against the combined
// uncertainty of model and measurement and against its quantity's limits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "collector/twin/tolerance.h"
#include "link_models/plant/plant.h"
#include "link_models/units.h"

namespace caspilink::assess {

enum class Verdict : std::uint8_t { kWithinBudget, kMarginLow, kBelowBudget, kUnknown };

inline constexpr std::array kVerdicts = {Verdict::kWithinBudget, Verdict::kMarginLow,
                                         Verdict::kBelowBudget, Verdict::kUnknown};

[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kWithinBudget:
      return "within_budget";
    case Verdict::kMarginLow:
      return "margin_low";
    case Verdict::kBelowBudget:
      return "below_budget";
    case Verdict::kUnknown:
      break;
  }
  return "unknown";
}

// A residual within so many times its uncertainty says nothing.
inline constexpr double kCoverage = 2.0;

// One figure against what the twin expects of it, in the quantity's wire unit.
struct Deviation {
  double observed = 0;
  double expected = 0;
  double residual = 0;  // observed less expected
  double uncertainty =
      0;  // of the residual: model and measurement together, one standard deviation
  // Unknown for one that is shown and not judged.
  Verdict verdict = Verdict::kUnknown;
  // How far the residual has come to where its verdict changes: 1 there, 0 on the harmless side.
  double strain = 0;
};

// The verdict on a margin alone, by the plant's thresholds.
[[nodiscard]] Verdict verdict_of(Db margin, const plant::AlarmThresholds& thresholds);

// Off budget where half the round-trip residual passes the tolerance, either way.
[[nodiscard]] Verdict verdict_of(Seconds round_trip_residual,
                                 const plant::AlarmThresholds& thresholds);

// What a figure is held against, made once for an expected value.
struct Yardstick {
  double expected = 0;
  double uncertainty = 0;
  twin::Worse worse = twin::Worse::kEither;
  // Distance from the expected value at which the verdict changes, beyond twice the uncertainty;
  // nothing: shown and not judged.
  std::optional<double> minor;
  std::optional<double> major;
  bool in_ratios = false;  // distances are natural logarithms of observed over expected
};

// A bit error ratio's distances are those of the Q it stands for. Nothing where the quantity is not
// compared.
[[nodiscard]] std::optional<Yardstick> yardstick_of(const twin::Tolerances& tolerances,
                                                    codec::Quantity quantity, double expected);

// The same with an uncertainty more, independent of the others.
[[nodiscard]] Yardstick less_certain(const Yardstick& yardstick, double uncertainty);

// Off where the residual passes its limit and twice its uncertainty, on a side that is worse.
[[nodiscard]] Deviation compare(double observed, const Yardstick& yardstick);

// The worse of two verdicts on parts of one thing; unknown is worse than good, better than bad.
[[nodiscard]] Verdict worse(Verdict a, Verdict b);

}  // namespace caspilink::assess
