// Communities and passphrases, each a line in a file of its own.
#pragma once

#include <string>

#include "link_models/result.h"

namespace caspilink::snmp {

// The one line of `file`, `at_least` to 255 printable ASCII characters. Only the file's owner may
// write it and only owner and group read it: else kDenied. kNotFound where it does not read,
// kInvalidInput where it is not such a line. Messages name the file, never what is in it.
[[nodiscard]] Result<std::string> read_secret(const std::string& file, std::size_t at_least);

// Overwrites before it forgets.
void wipe(std::string& secret);

}  // namespace caspilink::snmp
