// The store's tables, version by version.
//
//   boots     one row an (agent, boot); other tables refer to it by number
//   series    the catalogue of a boot: what its series numbers measure
//   blocks    batches, neighbours of one boot in one row (pack.h)
//   retired   sequences whose batches retention has removed, as intervals: still duplicates
//   set_aside samples that never reached a verdict, newest kept, bounded
//   refused   batches that could not be read, newest kept, bounded
//   alarms    each alarm from raised to cleared, with what operators said
//   counters  the largest number given in a table whose newest row retention may take
//   places    what bins and baselines are about; they refer to it by number
//   bins      minimum, average, maximum and last of a place over an interval
//   baselines, watermarks, audit, maintenance   see records.h
//
// 64-bit identities are stored as SQLite's signed integers, bit for bit.
#pragma once

#include "link_models/result.h"
#include "proto/sqlite/database.h"

namespace caspilink::store {

inline constexpr int kSchemaVersion = 3;

// Brings an empty or older database to kSchemaVersion, each step in a transaction. kInvalidInput
// where the file is newer than this program or not a store.
[[nodiscard]] Result<void> migrate(sqlite::Database& database, const std::string& path);

// kInvalidInput unless the file is a store of exactly this version; for read-only use.
[[nodiscard]] Result<void> check_version(sqlite::Database& database, const std::string& path);

}  // namespace caspilink::store
