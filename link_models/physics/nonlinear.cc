#include "link_models/physics/nonlinear.h"

#include <algorithm>

namespace caspilink::physics {

void deplete(SpectralState& state, const std::vector<double>& nli_w) {
  for (std::size_t i = 0; i < state.size(); ++i) {
    const double total = state.signal_w[i] + state.ase_w[i] + state.nli_w[i];
    if (total <= 0) continue;
    // The perturbation models have no bound of their own; far above the optimum launch they give
    // more NLI than there is light.
    const double moved = std::min(nli_w[i], total);
    const double left = 1 - moved / total;
    state.signal_w[i] *= left;
    state.ase_w[i] *= left;
    state.nli_w[i] = state.nli_w[i] * left + moved;
  }
}

}  // namespace caspilink::physics
