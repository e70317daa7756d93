// What a service level agreement would state of a fibre pair over a time: how much of it the pair
// was available, and its latency. Pure: from bins to figures.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/records.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::performance {

struct ServiceLevel {
  std::string fibre_pair;
  std::uint64_t known_seconds = 0;  // for which readings say whether it was available
  std::uint64_t unavailable_seconds = 0;
  std::optional<double> availability;  // of the known seconds; nothing where none is known
  // Round trip, as either station measured it; nothing where neither did.
  std::optional<Seconds> latency_minimum;
  std::optional<Seconds> latency_average;
  std::optional<Seconds> latency_maximum;
  std::optional<double> probe_loss;  // average ratio

  friend bool operator==(const ServiceLevel&, const ServiceLevel&) = default;
};

// The quantities whose bins it is made of.
[[nodiscard]] std::span<const std::string_view> service_level_quantities();

// By fibre pair. The bins may be of either length, but must not overlap.
[[nodiscard]] std::vector<ServiceLevel> service_levels(const std::vector<store::BinRecord>& bins);

// Beginning and end of a UTC month, "2026-11", in Unix seconds.
struct Month {
  std::int64_t from_unix_s = 0;
  std::int64_t until_unix_s = 0;  // exclusive
};
[[nodiscard]] Result<Month> month_of(const std::string& text);

}  // namespace caspilink::performance
