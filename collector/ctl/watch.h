// `caspictl watch`: the line and its alarms, as they change. On a terminal it is drawn over and
// over, elsewhere a line is printed for everything that happens.
//
// Both go on where the collector ends, restarts or is too busy: they say so, ask again every
// second, and begin with what stands. What cannot become better by itself ends them: a wrong
// address or certificate at the beginning, a right that is gone.
#pragma once

#include <cstdint>

#include "collector/ctl/client.h"
#include "link_models/result.h"

namespace caspilink::ctl {

struct WatchOptions {
  bool roots_only = false;
  bool json = false;
  bool colours = false;
  std::uint64_t events = 0;  // ends after so many; 0: never
};

// To standard output. What is wrong for a while goes to standard error, once.
[[nodiscard]] Result<void> watch_lines(Client& client, const WatchOptions& options);

// Takes the terminal until q, Ctrl-C, SIGTERM or SIGHUP, which are no errors.
[[nodiscard]] Result<void> watch_screen(Client& client, const WatchOptions& options);

}  // namespace caspilink::ctl
