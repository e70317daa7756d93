#include "agent/spool/schema.h"

#include <utility>

#include <fmt/format.h>

namespace caspilink::spool {
namespace {

constexpr int kLayout = 2;  // PRAGMA user_version; 1 had records of another form

constexpr const char* kTables =
    "BEGIN IMMEDIATE;"
    // What waits of each boot is summed up here: 100 hours of batches are not counted at a start.
    "CREATE TABLE IF NOT EXISTS boots (ordinal INTEGER PRIMARY KEY, boot INTEGER NOT NULL UNIQUE,"
    "  last_sequence INTEGER NOT NULL, batches INTEGER NOT NULL, samples INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS series (boot INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  quantity INTEGER NOT NULL, statistic INTEGER NOT NULL, source TEXT NOT NULL,"
    "  component TEXT NOT NULL, fibre_pair TEXT NOT NULL, channel INTEGER NOT NULL,"
    "  element TEXT NOT NULL, peer TEXT NOT NULL, PRIMARY KEY (boot, number)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS batches (position INTEGER PRIMARY KEY,"
    "  appended_unix_ns INTEGER NOT NULL, samples INTEGER NOT NULL, block BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS set_aside (id INTEGER PRIMARY KEY, position INTEGER NOT NULL,"
    "  reason TEXT NOT NULL, block BLOB NOT NULL);"
    "PRAGMA user_version = 2;"
    "COMMIT;";

// Exclusive locking keeps a second agent out and needs no shared-memory file. synchronous = NORMAL:
// a commit is in the log when it returns, and on the disk when the log was synchronised.
constexpr const char* kSettings =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "PRAGMA cell_size_check = ON; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;"
    "PRAGMA journal_size_limit = 8388608; PRAGMA wal_autocheckpoint = 500;";

}  // namespace

bool is_damage(const Error& error) {
  // kInternal is SQLite's "no such table": a page of the schema was lost.
  return error.code == ErrorCode::kInvalidInput || error.code == ErrorCode::kInternal;
}

Result<std::unique_ptr<sqlite::Database>> open_spool_file(const std::string& file,
                                                          std::uint32_t max_pages) {
  auto opened = sqlite::Database::open(file, sqlite::Database::Mode::kReadWrite, 0);
  if (!opened) return opened;
  sqlite::Database& database = **opened;
  database.execute(kSettings);
  if (max_pages != 0) database.execute(fmt::format("PRAGMA max_page_count = {}", max_pages));
  const std::int64_t layout = database.value("PRAGMA user_version");
  if (auto error = database.take_error()) {
    if (error->code == ErrorCode::kDenied) error->code = ErrorCode::kUnavailable;
    if (error->detail.find("locked") != std::string::npos) {
      error->code = ErrorCode::kDenied;
      error->detail += " (is another agent running with this state_dir?)";
    }
    return tl::unexpected(std::move(*error));
  }
  if (layout != 0 && layout != kLayout) {
    return fail(
        ErrorCode::kNotFound, file,
        fmt::format("layout {} is of another version, expected {}: let that version deliver "
                    "it, or move it away",
                    layout, kLayout));
  }
  database.execute(kTables);
  if (auto error = database.take_error()) {
    database.execute("ROLLBACK");
    (void)database.take_error();
    return tl::unexpected(std::move(*error));
  }
  return opened;
}

}  // namespace caspilink::spool
