// Exponentials of many figures at once: the library's, one by one, take most of a Raman solver's
// time.
#pragma once

#include <span>

namespace caspilink::physics {

// out_i = exp x_i, to 2e-16 relative, for x within [-700, 700]; taken as the nearer end beyond.
// Both of one size; may be the same. Without libraries and branches, so that it vectorises; the
// same bits whatever the processor.
void exponentials(std::span<const double> x, std::span<double> out);

}  // namespace caspilink::physics
