#include "collector/performance/month_levels.h"

#include <chrono>
#include <set>

#include <fmt/format.h>

namespace caspilink::performance {
namespace {

constexpr std::int64_t kNanos = 1'000'000'000;

std::chrono::year_month_day date_of(std::int64_t unix_s) {
  using namespace std::chrono;
  return year_month_day(floor<days>(sys_seconds(seconds(unix_s))));
}

}  // namespace

Result<std::vector<ServiceLevel>> levels_of(store::History& history, const Month& month) {
  std::vector<store::BinRecord> bins;
  std::set<std::int64_t> days;
  for (const std::uint32_t length : {store::kDay_s, store::kQuarterHour_s}) {
    for (const std::string_view quantity : service_level_quantities()) {
      const auto read = history.bins({.length_s = length,
                                      .from_unix_ns = month.from_unix_s * kNanos,
                                      .until_unix_ns = month.until_unix_s * kNanos,
                                      .quantity = std::string(quantity)},
                                     [&](const store::BinRecord& bin) {
                                       // Since 1970 a UTC day is a whole multiple of its length.
                                       const std::int64_t day =
                                           bin.start_unix_ns / kNanos / store::kDay_s;
                                       if (length == store::kDay_s) days.insert(day);
                                       if (length == store::kQuarterHour_s && days.contains(day))
                                         return;
                                       bins.push_back(bin);
                                     });
      if (!read) return tl::unexpected(read.error());
    }
  }
  return service_levels(bins);
}

Month month_at(std::int64_t unix_s) {
  using namespace std::chrono;
  const year_month_day date = date_of(unix_s);
  const auto first = date.year() / date.month();
  const auto second_of = [](year_month at) {
    return duration_cast<seconds>(sys_days(at / 1).time_since_epoch()).count();
  };
  return {.from_unix_s = second_of(first), .until_unix_s = second_of(first + months(1))};
}

std::string to_string(const Month& month) {
  const auto date = date_of(month.from_unix_s);
  return fmt::format("{:04}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()));
}

}  // namespace caspilink::performance
