// CMIS lane monitors and flags (page 11h), tunable lasers (04h, 12h) and lane SNR (14h).
#pragma once

#include <optional>

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

// Eight lanes for every bank that the module has.
void decode_lanes(const MemoryImage& image, const CmisCapabilities& has, const CmisDetails& details,
                  ModuleReadings& readings);

void decode_tuning(const MemoryImage& image, CmisDetails& details, ModuleReadings& readings);

// Empty unless the page was read while its selector asked for SNR.
[[nodiscard]] std::optional<LaneSnr> lane_snr(const MemoryImage& image);

// Frequency of channel n of a grid of CMIS table 8-61 (page 12h grid code 0-9); empty for others.
[[nodiscard]] std::optional<double> channel_thz(unsigned grid_code, int channel);

}  // namespace caspilink::module_memory
