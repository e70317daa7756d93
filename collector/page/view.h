// A snapshot as the status page shows it: one JSON document, everything already judged and placed,
// so that the page only draws.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "collector/exposition/snapshot.h"
#include "link_models/plant/plant.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::page {

// What the plant promises for the cable's whole life; evaluated once.
class Design {
 public:
  // Errors are those of budget::evaluate.
  [[nodiscard]] static Result<Design> of(const plant::Plant& plant);

  // The least end-of-life margin of a direction's lit channels, allowances taken off. Nothing for a
  // fibre pair the plant does not have, or without lit channels.
  [[nodiscard]] std::optional<Db> margin_end_of_life(const std::string& fibre_pair,
                                                     plant::Direction direction) const;

 private:
  std::map<std::pair<std::string, plant::Direction>, Db> margins_;
};

// Alarms beyond this many are counted and not listed: roots come first, then the newest.
inline constexpr std::size_t kMostAlarms = 500;

// JSON in one line, without the snapshot's time: what is the same has the same text. Names are as
// reported, and may hold anything but control characters outside escapes. Numbers that are not
// known are null.
[[nodiscard]] std::string render(const exposition::Snapshot& snapshot, const Design& design);

}  // namespace caspilink::page
