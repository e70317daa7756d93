#include "collector/performance/service_level.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "collector/performance/settings.h"

namespace caspilink::performance {
namespace {

struct Weighted {
  double sum = 0;
  double weight = 0;
  void add(const store::BinRecord& bin) {
    if (std::isnan(bin.average) || bin.samples == 0) return;
    sum += bin.average * static_cast<double>(bin.samples);
    weight += static_cast<double>(bin.samples);
  }
  [[nodiscard]] std::optional<double> mean() const {
    return weight > 0 ? std::optional(sum / weight) : std::nullopt;
  }
};

struct Sums {
  ServiceLevel level;
  Weighted latency;
  Weighted loss;
};

void add(Sums& sums, const store::BinRecord& bin) {
  ServiceLevel& level = sums.level;
  const std::string& quantity = bin.place.quantity;
  if (quantity == kUnavailableSeconds && bin.place.direction.empty()) {
    level.known_seconds += bin.samples;
    level.unavailable_seconds += static_cast<std::uint64_t>(bin.last);
  } else if (quantity == "round_trip_delay") {
    sums.latency.add(bin);
  } else if (quantity == "probe_loss") {
    sums.loss.add(bin);
  } else if (quantity == "round_trip_delay_minimum" && !std::isnan(bin.minimum)) {
    const Seconds least(bin.minimum);
    if (!level.latency_minimum || least < *level.latency_minimum) level.latency_minimum = least;
  } else if (quantity == "round_trip_delay_maximum" && !std::isnan(bin.maximum)) {
    const Seconds most(bin.maximum);
    if (!level.latency_maximum || most > *level.latency_maximum) level.latency_maximum = most;
  }
}

}  // namespace

std::span<const std::string_view> service_level_quantities() {
  static constexpr std::array<std::string_view, 5> kQuantities = {
      kUnavailableSeconds, "round_trip_delay", "probe_loss", "round_trip_delay_minimum",
      "round_trip_delay_maximum"};
  return kQuantities;
}

std::vector<ServiceLevel> service_levels(const std::vector<store::BinRecord>& bins) {
  std::map<std::string, Sums> pairs;
  for (const store::BinRecord& bin : bins) {
    if (!bin.place.fibre_pair.empty()) add(pairs[bin.place.fibre_pair], bin);
  }
  std::vector<ServiceLevel> levels;
  for (auto& [fibre_pair, sums] : pairs) {
    ServiceLevel& level = sums.level;
    level.fibre_pair = fibre_pair;
    if (level.known_seconds > 0) {
      level.availability = 1.0 - static_cast<double>(level.unavailable_seconds) /
                                     static_cast<double>(level.known_seconds);
    }
    if (const auto mean = sums.latency.mean()) level.latency_average = Seconds(*mean);
    level.probe_loss = sums.loss.mean();
    levels.push_back(std::move(level));
  }
  return levels;
}

Result<Month> month_of(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  const char* const end = text.data() + text.size();
  const auto y = std::from_chars(text.data(), end, year);
  const bool dash =
      y.ec == std::errc() && y.ptr - text.data() == 4 && y.ptr != end && *y.ptr == '-';
  const auto m = dash ? std::from_chars(y.ptr + 1, end, month) : y;
  if (!dash || m.ec != std::errc() || m.ptr != end || text.size() != 7 || month < 1 || month > 12 ||
      year < 1970) {
    return fail(ErrorCode::kInvalidInput, "",
                fmt::format("expected a month as in 2026-11, got '{}'", text));
  }
  using namespace std::chrono;
  const auto first = std::chrono::year(year) / std::chrono::month(month);
  const auto seconds_at = [](year_month at) {
    return duration_cast<seconds>(sys_days(at / 1).time_since_epoch()).count();
  };
  return Month{.from_unix_s = seconds_at(first), .until_unix_s = seconds_at(first + months(1))};
}

}  // namespace caspilink::performance
