#include "link_models/budget/power_feed_fault.h"

#include <algorithm>
#include <cmath>

namespace caspilink::budget {
namespace {

struct Reach {
  double km = 0;  // from the end that is read
  double sigma_km = 0;
};

// How far a voltage reaches; `repeaters` as distances from the end, ascending.
std::optional<Reach> reach(const FeedPath& path, const std::vector<double>& repeaters,
                           const FeedReading& reading) {
  const double volts_per_km = reading.current_a * path.resistance_ohm_per_km;
  if (volts_per_km <= 0) return std::nullopt;
  const double sigma =
      std::hypot(path.earth_potential_sigma_v, path.voltage_sigma_part * reading.voltage_v) /
      volts_per_km;
  double left = reading.voltage_v;
  double from = 0;
  for (const double body : repeaters) {
    const double drop = (body - from) * volts_per_km;
    if (left <= drop) return Reach{.km = from + left / volts_per_km, .sigma_km = sigma};
    left -= drop;
    from = body;
    // Within a repeater's own voltage the fault is at the repeater.
    if (left <= path.repeater_v) return Reach{.km = body, .sigma_km = sigma};
    left -= path.repeater_v;
  }
  const double km = from + left / volts_per_km;
  // Over the far end by more than three times what is uncertain: nothing touches the sea.
  if (km > path.length.value() + 3 * sigma) return std::nullopt;
  return Reach{.km = std::min(km, path.length.value()), .sigma_km = sigma};
}

}  // namespace

std::optional<FeedFault> locate_feed_fault(const FeedPath& path,
                                           const std::optional<FeedReading>& at_a,
                                           const std::optional<FeedReading>& at_b) {
  std::vector<double> from_a;
  std::vector<double> from_b;
  for (const Kilometers body : path.repeaters) from_a.push_back(body.value());
  for (const double body : from_a) from_b.push_back(path.length.value() - body);
  std::ranges::sort(from_b);
  const auto a = at_a ? reach(path, from_a, *at_a) : std::nullopt;
  auto b = at_b ? reach(path, from_b, *at_b) : std::nullopt;
  if (b) b->km = path.length.value() - b->km;
  if (!a && !b) return std::nullopt;
  if (!a || !b) {
    const Reach& one = a ? *a : *b;
    return FeedFault{.at = Kilometers(one.km), .uncertainty = Kilometers(one.sigma_km)};
  }
  // Weighted by what each end knows; where they contradict each other, that is the uncertainty.
  const double weight_a = 1 / std::max(a->sigma_km * a->sigma_km, 1e-6);
  const double weight_b = 1 / std::max(b->sigma_km * b->sigma_km, 1e-6);
  const double at = (a->km * weight_a + b->km * weight_b) / (weight_a + weight_b);
  const double sigma = std::sqrt(1 / (weight_a + weight_b));
  return FeedFault{.at = Kilometers(at),
                   .uncertainty = Kilometers(std::max(sigma, std::abs(a->km - b->km) / 2))};
}

}  // namespace caspilink::budget
