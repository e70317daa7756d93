// `caspilink-simulator inject`: changes and shows the line file that station simulators obey.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/simulator/faults.h"
#include "link_models/result.h"

namespace caspilink::simulator {

struct InjectOptions {
  std::string line_file;
  std::optional<std::string> plant_file;  // none: the one the line file names
};

// What to restore: exactly one of the three.
struct Restore {
  bool all = false;
  std::optional<std::string> fibre_pair;
  std::optional<std::uint64_t> id;
};

// Each gives the lines to print. Errors leave the file as it was.
[[nodiscard]] Result<std::string> inject(const InjectOptions& options, const Fault& fault);
[[nodiscard]] Result<std::string> restore(const InjectOptions& options, const Restore& what);
[[nodiscard]] Result<std::string> show(const InjectOptions& options, bool as_json);

}  // namespace caspilink::simulator
