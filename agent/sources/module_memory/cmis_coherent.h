// C-CMIS performance pages: FEC (34h) and link (35h) of a coherent module.
#pragma once

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

void decode_coherent(const MemoryImage& image, const CmisCapabilities& has, CmisDetails& details);

}  // namespace caspilink::module_memory
