// What is counted how; collector/README.md shows the section of collector.yaml it comes from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/records.h"

namespace caspilink::performance {

// A limit on a bin of one quantity, after G.7710: it fires as soon as the bin reaches `raise`, and
// clears at the end of a bin that stayed at or within `reset`.
struct Threshold {
  enum class Side : std::uint8_t {
    kAtLeast,  // the bin's maximum, for counts the count: fires at or above `raise`
    kAtMost,   // the bin's minimum: fires at or below `raise`
  };
  std::string quantity;  // of the quantity table, or one of the counts below
  std::uint32_t length_s = store::kQuarterHour_s;
  Side side = Side::kAtLeast;
  double raise = 0;  // in the quantity's wire unit
  double reset = 0;

  friend bool operator==(const Threshold&, const Threshold&) = default;
};

// Names of what is counted, as quantities of bins; per channel and direction, `unavailable_seconds`
// per fibre pair as well.
inline constexpr const char* kErroredSeconds = "errored_seconds";
inline constexpr const char* kSeverelyErroredSeconds = "severely_errored_seconds";
inline constexpr const char* kBackgroundBlockErrors = "background_block_errors";
inline constexpr const char* kUnavailableSeconds = "unavailable_seconds";

struct Settings {
  // Share of errored blocks from which a second is severely errored: 0.15 for OTN (G.8201), 0.30
  // for G.826 paths.
  double severely_errored_ratio = 0.15;
  // Blocks a second carries: 856,388 ODU4 frames.
  std::uint64_t blocks_per_second = 856'388;
  // A bin with a longer stretch without readings is suspect.
  std::uint32_t longest_gap_s = 30;
  // A bin is closed this long after its end; what comes later corrects it.
  std::uint32_t grace_s = 60;
  // An interval that late readings touched is computed anew once they have stopped for this long.
  std::uint32_t quiet_s = 30;
  std::vector<Threshold> thresholds;

  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace caspilink::performance
