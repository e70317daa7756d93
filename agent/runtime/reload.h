// What differs between the configuration that runs and the one that was read again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/runtime/configuration.h"
#include "link_models/result.h"

namespace caspilink::runtime {

struct Difference {
  std::string key;     // "batch.linger_ms"
  std::string before;  // empty: was not there
  std::string after;   // empty: is not there any more
  std::string where;   // in the file that was read again; empty where it is not there
};

// By key, in order.
[[nodiscard]] std::vector<Difference> differences(const Settings& before, const Settings& after);

// True where a key is `section` or below it: "collectors" is touched by "collectors[0].name".
[[nodiscard]] bool touches(const std::vector<Difference>& differences, std::string_view section);

// kInvalidInput, with the place, where a difference is in what cannot change while the agent runs:
// its station, its state_dir, its http address.
[[nodiscard]] Result<void> check_without_restart(const std::vector<Difference>& differences);

// "batch.linger_ms: 10 -> 20", for the log.
[[nodiscard]] std::string to_string(const Difference& difference);

}  // namespace caspilink::runtime
