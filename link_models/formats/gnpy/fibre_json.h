// Fibres of a topology.
#pragma once

#include "link_models/design/equipment.h"
#include "link_models/design/network.h"
#include "link_models/formats/gnpy/json_object.h"

namespace caspilink::formats::gnpy {

// Reads a Fiber or RamanFiber from its element; what it leaves out comes from its type, then from
// the library's rules for spans, then from GNPy's standard fibre (83 um2, 16.7 ps/(nm km)).
[[nodiscard]] design::Fibre read_fibre_element(JsonObject& element, const design::FibreKind& kind,
                                               const design::SpanRules& rules, bool raman);

}  // namespace caspilink::formats::gnpy
