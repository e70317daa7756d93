// What was seen of one channel in one direction, second by second, around one quarter of an hour;
// and what G.826 and G.8201 make of it. The minute before and after is kept too, because whether a
// second is unavailable depends on the ten around it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "collector/performance/settings.h"

namespace caspilink::performance {

inline constexpr std::int64_t kMargin_s = 60;
inline constexpr std::size_t kSpan_s = store::kQuarterHour_s + 2 * kMargin_s;

// What the interval's own seconds are; kept small, since there are thousands of paths.
struct ClassifiedInterval {
  enum Class : std::uint8_t { kKnown = 1, kErrored = 2, kSeverelyErrored = 4, kUnavailable = 8 };

  std::array<std::uint8_t, store::kQuarterHour_s> seconds{};
  std::uint64_t background_block_errors = 0;

  [[nodiscard]] std::uint64_t count(Class what) const;
};

class PathSeconds {
 public:
  // `second`: since the beginning of the interval, in [-kMargin_s, kQuarterHour_s + kMargin_s).
  // The receiver was heard of, and sees light or not.
  void light(std::int64_t second, bool no_light);
  // Blocks with errors in this second; the largest figure counts.
  void errored_blocks(std::int64_t second, std::uint64_t blocks);

  // Between two readings not further apart than the longest gap, the first one's light holds.
  [[nodiscard]] ClassifiedInterval classify(const Settings& settings) const;

 private:
  enum Flag : std::uint8_t { kHeard = 1, kLight = 2, kNoLight = 4 };

  std::array<std::uint8_t, kSpan_s> flags_{};
  struct Errored {
    std::uint16_t index = 0;  // into flags_
    std::uint64_t blocks = 0;
  };
  std::vector<Errored> errored_;  // by index; a path that always errs has one for each second
};

}  // namespace caspilink::performance
