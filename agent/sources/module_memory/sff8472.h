// SFP, SFP+ and SFP28 (SFF-8472 12.4): identity at A0h, diagnostics at A2h, with internal or
// external calibration.
#pragma once

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

[[nodiscard]] ModuleReadings decode_sff8472(const MemoryImage& image);

}  // namespace caspilink::module_memory
