// The nonlinear coefficient of a fibre.
#pragma once

#include "link_models/plant/elements.h"
#include "link_models/units.h"

namespace caspilink::physics {

// gamma(f) = 2 pi n2 f / (c A_eff(f)) in 1/(W m). The effective area follows the mode radius
// w = r / sqrt(ln V) of a step-index fibre of core radius r = 4.2 um and core index 1.468 whose
// index contrast gives the stated area at 1550 nm (the form GNPy uses).
[[nodiscard]] double nonlinear_coefficient_per_w_m(const plant::FibreType& fibre, Hertz frequency);

}  // namespace caspilink::physics
