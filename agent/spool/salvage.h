// Takes what can be read of a damaged spool file over into a sound one.
#pragma once

#include <cstdint>
#include <string>

#include "agent/spool/tables.h"
#include "proto/block/block.h"
#include "proto/sqlite/database.h"

namespace caspilink::spool {

struct Salvaged {
  std::uint64_t batches = 0;
  std::uint64_t damaged_records = 0;  // found and unreadable; they stay in the old file
};

// Reads `damaged` from the front to the damage, from the back to it, and row by row what lies
// between. `into` is open and empty; `boots` gets what was known of boots and what their batches
// say. Errors of writing stick to `into`'s database.
Salvaged salvage(const std::string& damaged, sqlite::Database& into, Tables& tables,
                 block::Codec& codec, Boots& boots);

}  // namespace caspilink::spool
