// Who the agent says it is to a target that asks for a name and a password.
#pragma once

#include <string>

#include "link_models/result.h"

namespace caspilink::gnmi {

struct Login {
  std::string username;
  std::string password;
};

// Two lines: the name, and the password; empty lines after them do not count. Both are printable
// ASCII, as gRPC's metadata is. Errors tell the file and the line, never what is in it.
[[nodiscard]] Result<Login> read_login(const std::string& file);

// Whether others than the file's owner and group may read it.
[[nodiscard]] bool readable_by_anyone(const std::string& file);

}  // namespace caspilink::gnmi
