// CMIS versatile diagnostics monitor, pages 20h-2Fh: a free list of observables, walked as the
// module's own descriptors say.
#pragma once

#include <cstdint>

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

inline constexpr unsigned kVdmGroups = 4;

void decode_vdm(const MemoryImage& image, const CmisCapabilities& has, CmisDetails& details);

// Groups that page 2Fh of a bank says are in use, 1-4; 4 where it was not readable.
[[nodiscard]] unsigned vdm_groups(const MemoryImage& image, unsigned bank);

// CMIS F16: mantissa (11 bits) x 10^(exponent (5 bits) - 24). Never negative.
[[nodiscard]] double f16(std::uint16_t raw);

}  // namespace caspilink::module_memory
