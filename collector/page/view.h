// A snapshot as the status page shows it: one JSON document, everything already judged and placed,
// so that the page only draws.
#pragma once

#include <cstdint>
#include <string>

#include "collector/exposition/snapshot.h"
#include "collector/twin/design.h"

namespace caspilink::page {

// Alarms beyond this many are counted and not listed: roots come first, then the newest.
inline constexpr std::size_t kMostAlarms = 500;

// JSON in one line, without the snapshot's time: what is the same has the same text. Names are as
// reported, and may hold anything but control characters outside escapes. Numbers that are not
// known are null.
[[nodiscard]] std::string render(const exposition::Snapshot& snapshot, const twin::Design& design);

}  // namespace caspilink::page
