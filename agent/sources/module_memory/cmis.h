// QSFP-DD, OSFP, SFP-DD and co-packaged optics (OIF-CMIS 4.0 to 5.4), with the observables of
// coherent modules (C-CMIS 1.2).
#pragma once

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

[[nodiscard]] ModuleReadings decode_cmis(const MemoryImage& image);

// What page 01h says the module has; empty when the page, or the flat memory bit, says that there
// is nothing to say. A reader decides by it which pages to ask for.
[[nodiscard]] std::optional<CmisCapabilities> cmis_capabilities(const MemoryImage& image);

}  // namespace caspilink::module_memory
