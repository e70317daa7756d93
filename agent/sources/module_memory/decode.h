// From the memory of any pluggable module to its readings.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"
#include "link_models/result.h"

namespace caspilink::module_memory {

enum class Standard : std::uint8_t { kSff8472, kSff8636, kCmis };

// The standard that a module with this identifier (SFF-8024 table 4-1) speaks; empty when unknown.
[[nodiscard]] std::optional<Standard> standard_of(std::uint8_t identifier);

// Errors: kUnavailable when the identifier was not readable or nothing answered (all 00h or FFh);
// kInvalidInput when no standard here speaks for the identifier.
[[nodiscard]] Result<Standard> identify(const MemoryImage& image);

// Errors as identify(). What could not be read of a module that is there is absent in the result.
[[nodiscard]] Result<ModuleReadings> decode(const MemoryImage& image);

}  // namespace caspilink::module_memory
