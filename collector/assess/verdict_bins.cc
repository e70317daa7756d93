#include "collector/assess/verdict_bins.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace caspilink::assess {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr std::int64_t kMinute_s = 60;

std::optional<double> figure_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kWithinBudget:
      return 0;
    case Verdict::kMarginLow:
      return 1;
    case Verdict::kBelowBudget:
      return 2;
    case Verdict::kUnknown:
      break;
  }
  return std::nullopt;
}

// Counts one more minute.
void add(store::BinRecord& bin, double figure, std::int64_t time_unix_ns) {
  const auto before = static_cast<double>(bin.samples);
  bin.minimum = bin.samples == 0 ? figure : std::min(bin.minimum, figure);
  bin.maximum = bin.samples == 0 ? figure : std::max(bin.maximum, figure);
  bin.average = (bin.average * before + figure) / (before + 1);
  bin.last = figure;
  bin.last_unix_ns = time_unix_ns;
  ++bin.samples;
}

}  // namespace

Result<std::vector<store::BinRecord>> verdict_bins(
    store::History& history, const std::shared_ptr<const twin::Model>& designed,
    ReplaySettings settings, std::int64_t start_unix_s) {
  settings.from_unix_ns = (start_unix_s + kMinute_s) * kSecond_ns;
  settings.to_unix_ns = (start_unix_s + store::kQuarterHour_s) * kSecond_ns + 1;
  settings.step_ns = kMinute_s * kSecond_ns;
  std::vector<store::BinRecord> bins;
  const auto replayed = replay(history, designed, settings, [&](const Assessment& now) {
    bins.resize(now.directions.size());
    for (std::size_t slot = 0; slot < bins.size(); ++slot) {
      const DirectionAssessment& line = now.directions[slot];
      bins[slot].place = {.quantity = kVerdictQuantity,
                          .fibre_pair = line.fibre_pair,
                          .direction = std::string(plant::to_string(line.direction))};
      if (const auto figure = figure_of(line.verdict)) {
        add(bins[slot], *figure, now.time_unix_ns);
      }
    }
  });
  if (!replayed) return tl::unexpected(replayed.error());
  std::erase_if(bins, [](const store::BinRecord& bin) { return bin.samples == 0; });
  for (store::BinRecord& bin : bins) {
    bin.length_s = store::kQuarterHour_s;
    bin.start_unix_ns = start_unix_s * kSecond_ns;
    bin.suspect = bin.samples < static_cast<std::uint64_t>(store::kQuarterHour_s / kMinute_s);
  }
  return bins;
}

}  // namespace caspilink::assess
