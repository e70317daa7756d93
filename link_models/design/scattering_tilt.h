// What stimulated Raman scattering does to the bands of a span, as multi-band designs allow for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/design/network.h"
#include "link_models/design/spans.h"
#include "link_models/result.h"

namespace caspilink::design {

// One entry a band.
struct BandCorrections {
  std::vector<Db> loss;  // more (or less) loss than the span's own
  std::vector<Db> tilt;  // lowest less highest frequency of the band, at the span's end
};

// Corrections for the span that ends at `last`, filled from `bands` with channels of `power_w`
// each (one entry a band). The band that comes out best at its centre is taken for the reference,
// 0.86 of it counting as the fibre's own loss.
[[nodiscard]] Result<BandCorrections> corrections_behind(const Network& network,
                                                         const Equipment& equipment, NodeIndex last,
                                                         const std::vector<Band>& bands,
                                                         const std::vector<double>& power_w,
                                                         const TransmissionEstimate& transmission);

// Centre frequencies that fill a band at a spacing: f_min + i spacing from i = 1.
[[nodiscard]] std::vector<double> fill_band(const Band& band, Hertz spacing);

}  // namespace caspilink::design
