#include "collector/performance/day.h"

#include <cmath>
#include <limits>
#include <map>

#include "collector/performance/settings.h"

namespace caspilink::performance {
namespace {

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::size_t kQuarters = store::kDay_s / store::kQuarterHour_s;

struct Sum {
  store::BinRecord bin;
  double weighted = 0;
  std::uint64_t weight = 0;
  std::size_t quarters = 0;
};

// fmin and fmax: of a number and NaN, the number.
void add(Sum& sum, const store::BinRecord& quarter) {
  store::BinRecord& bin = sum.bin;
  ++sum.quarters;
  bin.suspect = bin.suspect || quarter.suspect;
  bin.samples += quarter.samples;
  if (is_count(bin.place.quantity)) {
    bin.last = std::isnan(bin.last) ? quarter.last : bin.last + quarter.last;
    bin.minimum = bin.average = bin.maximum = bin.last;
    bin.last_unix_ns = std::max(bin.last_unix_ns, quarter.last_unix_ns);
    return;
  }
  bin.minimum = std::fmin(bin.minimum, quarter.minimum);
  bin.maximum = std::fmax(bin.maximum, quarter.maximum);
  if (!std::isnan(quarter.average)) {
    sum.weighted += quarter.average * static_cast<double>(quarter.samples);
    sum.weight += quarter.samples;
  }
  if (quarter.last_unix_ns >= bin.last_unix_ns && !std::isnan(quarter.last)) {
    bin.last = quarter.last;
    bin.last_unix_ns = quarter.last_unix_ns;
  }
}

}  // namespace

bool is_count(const std::string& quantity) {
  return quantity == kErroredSeconds || quantity == kSeverelyErroredSeconds ||
         quantity == kBackgroundBlockErrors || quantity == kUnavailableSeconds;
}

std::vector<store::BinRecord> day_of(std::int64_t start_unix_s,
                                     const std::vector<store::BinRecord>& quarters) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::map<store::PlaceName, Sum> sums;
  for (const store::BinRecord& quarter : quarters) {
    const std::int64_t second = quarter.start_unix_ns / kNanos - start_unix_s;
    if (quarter.length_s != store::kQuarterHour_s || second < 0 || second >= store::kDay_s)
      continue;
    auto [found, is_new] = sums.try_emplace(quarter.place);
    if (is_new) {
      found->second.bin = {.place = quarter.place,
                           .length_s = store::kDay_s,
                           .start_unix_ns = start_unix_s * kNanos,
                           .minimum = kNone,
                           .average = kNone,
                           .maximum = kNone,
                           .last = kNone};
    }
    add(found->second, quarter);
  }
  std::vector<store::BinRecord> days;
  days.reserve(sums.size());
  for (auto& [place, sum] : sums) {
    if (!is_count(place.quantity) && sum.weight > 0) {
      sum.bin.average = sum.weighted / static_cast<double>(sum.weight);
    }
    sum.bin.suspect = sum.bin.suspect || sum.quarters < kQuarters;
    days.push_back(std::move(sum.bin));
  }
  return days;
}

}  // namespace caspilink::performance
