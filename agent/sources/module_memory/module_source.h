// A pluggable module as a source: its memory read every so often, for as long as the agent runs.
//
// A module that does not answer, or was pulled, is observed no more; the collector sees its
// readings age. Flags that a poll finds raised are logged when they change, for reading has cleared
// them.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/sources/module_memory/observations.h"
#include "agent/sources/module_memory/reader.h"
#include "agent/sources/source.h"

namespace caspilink::module_memory {

struct SourceOptions {
  ModulePlace place;
  MappingOptions mapping;
  std::int64_t interval_ns = 5'000'000'000;
};

// Reads on a thread of its own, one poll at a time: an I2C bus takes tens of milliseconds a page.
[[nodiscard]] std::unique_ptr<sources::Source> make_module_source(
    SourceOptions options, std::unique_ptr<ModuleReader> reader, const sources::Context& context);

}  // namespace caspilink::module_memory
