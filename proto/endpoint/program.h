// The manners all CaspiLink programs share: how they log, and how they end.
#pragma once

#include <string>

#include "link_models/result.h"

namespace caspilink::endpoint {

// Logs to standard error, a line an event, UTC with milliseconds. `level` is one of trace, debug,
// info, warning, error.
[[nodiscard]] Result<void> start_logging(const std::string& program, const std::string& level);

// Exit status: 2 for input that is wrong or missing (arguments, files, configuration), 1 for the
// rest.
[[nodiscard]] int exit_code(const Error& error);

// Says "program: message" in one line on standard error and gives exit_code(error).
int report(const std::string& program, const Error& error);

}  // namespace caspilink::endpoint
