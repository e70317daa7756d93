// The spool's file: its settings and tables.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "link_models/result.h"
#include "proto/sqlite/database.h"

namespace caspilink::spool {

// True where the file itself is unsound, not the disk or its permissions.
[[nodiscard]] bool is_damage(const Error& error);

// Opens or makes the file, in WAL mode and locked for its one owner. `max_pages` of 4096 bytes is a
// hard bound on it; 0: none. Errors that are damage ask for salvage(). kDenied: another process has
// it; kNotFound: it is another version's and is left alone; kUnavailable or kExhausted: the disk
// does not take it now, being full, read-only or failing.
[[nodiscard]] Result<std::unique_ptr<sqlite::Database>> open_spool_file(const std::string& file,
                                                                        std::uint32_t max_pages);

}  // namespace caspilink::spool
