#include "collector/performance/interval.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace caspilink::performance {
namespace {

constexpr std::int64_t kNanos = 1'000'000'000;

// What one figure of a receiver says about its second.
void note_second(PathSeconds& path, std::int64_t second, codec::Quantity quantity,
                 codec::Reading reading, double value, const Settings& settings) {
  using codec::Quantity;
  switch (quantity) {
    case Quantity::kChannelInputPower:
      if (reading == codec::Reading::kValue || reading == codec::Reading::kNoLight) {
        path.light(second, reading == codec::Reading::kNoLight);
      }
      break;
    case Quantity::kErroredBlocksRatio:
      if (reading == codec::Reading::kValue) {
        path.errored_blocks(second, static_cast<std::uint64_t>(std::ceil(
                                        value * static_cast<double>(settings.blocks_per_second))));
      }
      break;
    case Quantity::kFecUncorrectableBlocks:
      if (reading == codec::Reading::kValue) {
        path.errored_blocks(second, static_cast<std::uint64_t>(value));
      }
      break;
    default:
      break;
  }
}

store::BinRecord count_bin(store::PlaceName place, std::int64_t start_unix_s, std::uint64_t count,
                           std::uint64_t known) {
  const auto figure = static_cast<double>(count);
  return {.place = std::move(place),
          .length_s = store::kQuarterHour_s,
          .start_unix_ns = start_unix_s * kNanos,
          .minimum = figure,
          .average = figure,
          .maximum = figure,
          .last = figure,
          .last_unix_ns = (start_unix_s + store::kQuarterHour_s) * kNanos,
          .samples = known,
          .suspect = known < store::kQuarterHour_s};
}

}  // namespace

bool Interval::wants(std::int64_t start_unix_s, std::int64_t time_unix_ns) {
  const std::int64_t second = time_unix_ns / kNanos - start_unix_s;
  return second >= -kMargin_s && second < store::kQuarterHour_s + kMargin_s;
}

bool Interval::wants_alone(std::int64_t start_unix_s, std::int64_t time_unix_ns) {
  const std::int64_t second = time_unix_ns / kNanos - start_unix_s;
  return second >= kMargin_s && second < store::kQuarterHour_s - kMargin_s;
}

void Interval::add(std::uint32_t place, std::int64_t time_unix_ns, codec::Statistic statistic,
                   codec::Reading reading, double value, const Settings& settings) {
  const std::int64_t second = time_unix_ns / kNanos - start_unix_s_;
  if (second < -kMargin_s || second >= store::kQuarterHour_s + kMargin_s) return;
  const PlaceKind& kind = places_->kind(place);
  if (kind.path &&
      (statistic == codec::Statistic::kInstant || statistic == codec::Statistic::kAverage)) {
    if (*kind.path >= seconds_.size()) seconds_.resize(places_->paths().size());
    auto& path = seconds_[*kind.path];
    if (path == nullptr) path = std::make_unique<PathSeconds>();
    note_second(*path, second, kind.quantity, reading, value, settings);
  }
  if (second < 0 || second >= store::kQuarterHour_s) return;
  if (place >= readings_.size()) readings_.resize(places_->size());
  auto& bin = readings_[place];
  if (!bin) bin.emplace();
  bin->add(static_cast<std::uint32_t>(second), time_unix_ns, statistic, reading, value);
}

std::vector<store::BinRecord> Interval::bins(
    const Settings& settings, const std::function<bool(std::string_view)>& wanted) const {
  std::vector<store::BinRecord> out;
  for (std::uint32_t place = 0; place < readings_.size(); ++place) {
    const store::PlaceName& name = places_->name(place);
    if (!readings_[place] || !wanted(name.quantity)) continue;
    out.push_back(readings_[place]->record(name, start_unix_s_, settings.longest_gap_s));
  }
  std::vector<std::optional<ClassifiedInterval>> paths(seconds_.size());
  for (std::size_t path = 0; path < seconds_.size(); ++path) {
    if (seconds_[path] == nullptr) continue;
    paths[path] = seconds_[path]->classify(settings);
    count_path(places_->paths()[path], *paths[path], out);
  }
  count_pairs(paths, out);
  std::erase_if(out, [&](const store::BinRecord& bin) { return !wanted(bin.place.quantity); });
  return out;
}

void Interval::count_path(const PathName& name, const ClassifiedInterval& seconds,
                          std::vector<store::BinRecord>& out) const {
  using enum ClassifiedInterval::Class;
  const std::uint64_t known = seconds.count(kKnown);
  if (known == 0) return;
  for (const auto& [quantity, count] :
       {std::pair{kErroredSeconds, seconds.count(kErrored)},
        std::pair{kSeverelyErroredSeconds, seconds.count(kSeverelyErrored)},
        std::pair{kBackgroundBlockErrors, seconds.background_block_errors},
        std::pair{kUnavailableSeconds, seconds.count(kUnavailable)}}) {
    out.push_back(count_bin({.quantity = quantity,
                             .fibre_pair = name.fibre_pair,
                             .direction = name.direction,
                             .channel = name.channel},
                            start_unix_s_, count, known));
  }
}

void Interval::count_pairs(const std::vector<std::optional<ClassifiedInterval>>& paths,
                           std::vector<store::BinRecord>& out) const {
  // A direction is unavailable while every channel that is known of it is; a fibre pair while
  // either direction is (G.8201: a bidirectional path is unavailable if one or both directions
  // are).
  using Channels = std::vector<const ClassifiedInterval*>;
  std::map<std::string, std::map<std::string, Channels>> pairs;
  for (std::size_t path = 0; path < paths.size(); ++path) {
    const PathName& name = places_->paths()[path];
    if (paths[path]) pairs[name.fibre_pair][name.direction].push_back(&*paths[path]);
  }
  for (const auto& [fibre_pair, directions] : pairs) {
    std::uint64_t known_seconds = 0;
    std::uint64_t unavailable_seconds = 0;
    for (std::size_t second = 0; second < store::kQuarterHour_s; ++second) {
      std::size_t known_directions = 0;
      bool unavailable = false;
      for (const auto& [direction, channels] : directions) {
        const auto count = [&](ClassifiedInterval::Class what) {
          return std::ranges::count_if(channels, [&](const ClassifiedInterval* channel) {
            return (channel->seconds[second] & what) != 0;
          });
        };
        const auto known = count(ClassifiedInterval::kKnown);
        if (known == 0) continue;
        ++known_directions;
        unavailable = unavailable || known == count(ClassifiedInterval::kUnavailable);
      }
      if (known_directions < 2 && !unavailable) continue;
      ++known_seconds;
      unavailable_seconds += unavailable ? 1 : 0;
    }
    if (known_seconds == 0) continue;
    out.push_back(count_bin({.quantity = kUnavailableSeconds, .fibre_pair = fibre_pair},
                            start_unix_s_, unavailable_seconds, known_seconds));
  }
}

}  // namespace caspilink::performance
