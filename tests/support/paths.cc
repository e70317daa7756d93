#include "tests/support/paths.h"

namespace caspilink::test {

std::string source_dir() { return CASPILINK_SOURCE_DIR; }
std::string binary_dir() { return CASPILINK_BINARY_DIR; }

}  // namespace caspilink::test
