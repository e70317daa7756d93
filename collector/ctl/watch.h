// `caspictl watch`: the line and its alarms, as they change. On a terminal it redraws, elsewhere it
// prints a line for everything that happens.
#pragma once

#include <cstdint>

#include "collector/ctl/client.h"
#include "link_models/result.h"

namespace caspilink::ctl {

struct WatchOptions {
  bool roots_only = false;
  bool redraw = false;
  bool json = false;
  bool colours = false;
  std::uint64_t events = 0;  // ends after so many; 0: never
};

// Ends by itself only where `events` are given or the collector ends it. After having been too slow
// it watches again, from what stands.
[[nodiscard]] Result<void> watch(Client& client, const WatchOptions& options);

}  // namespace caspilink::ctl
