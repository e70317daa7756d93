// Standard output, all of it or an error.
#pragma once

#include <string>

#include "link_models/result.h"

namespace caspilink::ctl {

// kUnavailable where it cannot be written, as after its reader has gone.
[[nodiscard]] Result<void> put(const std::string& text);

}  // namespace caspilink::ctl
