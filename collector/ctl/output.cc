#include "collector/ctl/output.h"

#include <cstdio>

namespace caspilink::ctl {

Result<void> put(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return {};
  }
  return fail(ErrorCode::kUnavailable, "", "the output cannot be written");
}

}  // namespace caspilink::ctl
