// Where the checkout and its build are. Functions in a file of their own, so that no other object
// file depends on the folder it was compiled in and a compiler cache serves every checkout.
#pragma once

#include <string>

namespace caspilink::test {

[[nodiscard]] std::string source_dir();
[[nodiscard]] std::string binary_dir();  // programs are in bin/ below it

}  // namespace caspilink::test
