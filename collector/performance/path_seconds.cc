#include "collector/performance/path_seconds.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "collector/performance/second_classifier.h"

namespace caspilink::performance {
namespace {

std::size_t index_of(std::int64_t second) { return static_cast<std::size_t>(second + kMargin_s); }

}  // namespace

void PathSeconds::light(std::int64_t second, bool no_light) {
  // Where both are said within a second, the loss counts: a second with a defect is one.
  flags_[index_of(second)] =
      static_cast<std::uint8_t>(flags_[index_of(second)] | kHeard | (no_light ? kNoLight : kLight));
}

void PathSeconds::errored_blocks(std::int64_t second, std::uint64_t blocks) {
  const std::size_t index = index_of(second);
  flags_[index] = static_cast<std::uint8_t>(flags_[index] | kHeard);
  if (blocks == 0) return;
  // Nearly always the newest: then nothing is moved.
  auto at = errored_.end();
  while (at != errored_.begin() && std::prev(at)->index >= index) --at;
  if (at != errored_.end() && at->index == index) {
    at->blocks = std::max(at->blocks, blocks);
  } else {
    errored_.insert(at, {.index = static_cast<std::uint16_t>(index), .blocks = blocks});
  }
}

std::uint64_t ClassifiedInterval::count(Class what) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(seconds, [&](std::uint8_t second) { return (second & what) != 0; }));
}

ClassifiedInterval PathSeconds::classify(const Settings& settings) const {
  ClassifiedInterval out;
  SecondClassifier classifier(settings.severely_errored_ratio, [&](const ClassifiedSecond& second) {
    if (second.second_unix < 0 || second.second_unix >= store::kQuarterHour_s) return;
    std::uint8_t flags = ClassifiedInterval::kKnown;
    if (second.errored) flags |= ClassifiedInterval::kErrored;
    if (second.severely_errored) flags |= ClassifiedInterval::kSeverelyErrored;
    if (second.unavailable) flags |= ClassifiedInterval::kUnavailable;
    out.seconds[static_cast<std::size_t>(second.second_unix)] = flags;
    out.background_block_errors += second.background_block_errors;
  });
  std::optional<std::size_t> heard;
  bool dark = false;
  auto errors = errored_.begin();
  for (std::size_t index = 0; index < kSpan_s; ++index) {
    const std::uint8_t flags = flags_[index];
    if ((flags & kHeard) != 0) heard = index;
    if ((flags & (kLight | kNoLight)) != 0) dark = (flags & kNoLight) != 0;
    if (!heard || index - *heard > settings.longest_gap_s) {
      dark = false;
      continue;
    }
    SecondObservation seen{.second_unix = static_cast<std::int64_t>(index) - kMargin_s,
                           .blocks = settings.blocks_per_second,
                           .defect = dark};
    if (errors != errored_.end() && errors->index == index) {
      seen.errored_blocks = std::min(errors->blocks, settings.blocks_per_second);
      ++errors;
    }
    classifier.observe(seen);
  }
  classifier.settle();
  return out;
}

}  // namespace caspilink::performance
