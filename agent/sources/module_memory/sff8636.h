// QSFP, QSFP+ and QSFP28 (SFF-8636 2.11; SFF-8436 modules have the same monitors).
#pragma once

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

[[nodiscard]] ModuleReadings decode_sff8636(const MemoryImage& image);

}  // namespace caspilink::module_memory
