#include "collector/store/schema.h"

#include <array>
#include <string>

#include <fmt/format.h>

namespace caspilink::store {
namespace {

// "CLST": told by `file`, and keeps us from writing into somebody else's database.
constexpr std::int64_t kApplicationId = 0x434C5354;

// Step i brings version i to i + 1. A released step never changes.
constexpr std::array<const char*, kSchemaVersion> kSteps = {R"sql(
CREATE TABLE boots (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  boot INTEGER NOT NULL,
  declared_unix_ns INTEGER NOT NULL,
  UNIQUE (agent, boot)
);
CREATE TABLE series (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  number INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  statistic INTEGER NOT NULL,
  source TEXT NOT NULL,
  component TEXT NOT NULL,
  fibre_pair TEXT NOT NULL,
  channel INTEGER NOT NULL,
  element TEXT NOT NULL,
  peer TEXT NOT NULL,
  PRIMARY KEY (boot_id, number)
) WITHOUT ROWID;
CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  sequence INTEGER NOT NULL,
  received_unix_ns INTEGER NOT NULL,
  oldest_unix_ns INTEGER NOT NULL,
  newest_unix_ns INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  set_aside INTEGER NOT NULL,
  block BLOB NOT NULL
);
CREATE UNIQUE INDEX batches_identity ON batches (boot_id, sequence);
CREATE TABLE retired (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (boot_id, first)
) WITHOUT ROWID;
CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  sequence INTEGER NOT NULL,
  row INTEGER NOT NULL,
  number INTEGER NOT NULL,
  time_unix_ns INTEGER NOT NULL,
  value REAL,
  reason INTEGER NOT NULL
);
CREATE TABLE refused (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  boot INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  received_unix_ns INTEGER NOT NULL,
  reason TEXT NOT NULL
);
CREATE TABLE alarms (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  severity TEXT NOT NULL,
  station TEXT NOT NULL,
  fibre_pair TEXT NOT NULL,
  direction TEXT NOT NULL,
  channel INTEGER NOT NULL,
  text TEXT NOT NULL,
  raised_unix_ns INTEGER NOT NULL,
  cleared_unix_ns INTEGER
);
CREATE INDEX alarms_standing ON alarms (id) WHERE cleared_unix_ns IS NULL;
)sql",
                                                            R"sql(
-- A row of version 1 is a block of one batch, without a list of members, in that version's form.
ALTER TABLE batches RENAME TO blocks;
ALTER TABLE blocks RENAME COLUMN sequence TO first_sequence;
ALTER TABLE blocks ADD COLUMN batches INTEGER NOT NULL DEFAULT 1;
ALTER TABLE blocks ADD COLUMN members BLOB NOT NULL DEFAULT X'';
DROP INDEX batches_identity;
CREATE UNIQUE INDEX blocks_identity ON blocks (boot_id, first_sequence, batches);
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE places (
  id INTEGER PRIMARY KEY,
  quantity TEXT NOT NULL,
  station TEXT NOT NULL,
  fibre_pair TEXT NOT NULL,
  direction TEXT NOT NULL,
  channel INTEGER NOT NULL,
  element TEXT NOT NULL,
  peer TEXT NOT NULL,
  source TEXT NOT NULL,
  UNIQUE (quantity, station, fibre_pair, direction, channel, element, peer, source)
);
-- Bins of one interval lie together: they are written together, and retention takes them together.
CREATE TABLE bins (
  length_s INTEGER NOT NULL,
  start_unix_s INTEGER NOT NULL,
  place_id INTEGER NOT NULL REFERENCES places (id),
  minimum REAL,
  average REAL,
  maximum REAL,
  last REAL,
  last_unix_ns INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  suspect INTEGER NOT NULL,
  PRIMARY KEY (length_s, start_unix_s, place_id)
) WITHOUT ROWID;
CREATE TABLE baselines (
  place_id INTEGER NOT NULL REFERENCES places (id),
  kind TEXT NOT NULL,
  from_unix_ns INTEGER NOT NULL,
  until_unix_ns INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  doubles BLOB NOT NULL, -- IEEE 754, little-endian
  PRIMARY KEY (place_id, kind)
) WITHOUT ROWID;
CREATE TABLE watermarks (
  receiver TEXT NOT NULL,
  stream TEXT NOT NULL,
  position INTEGER NOT NULL,
  at_unix_ns INTEGER NOT NULL,
  PRIMARY KEY (receiver, stream)
) WITHOUT ROWID;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_unix_ns INTEGER NOT NULL,
  operator TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY,
  from_unix_ns INTEGER NOT NULL,
  until_unix_ns INTEGER NOT NULL,
  station TEXT NOT NULL,
  fibre_pair TEXT NOT NULL,
  direction TEXT NOT NULL,
  element TEXT NOT NULL,
  operator TEXT NOT NULL,
  note TEXT NOT NULL
);
ALTER TABLE alarms ADD COLUMN element TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN peer TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN parent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarms ADD COLUMN flaps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarms ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN cause_element TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN position_km REAL;
ALTER TABLE alarms ADD COLUMN position_uncertainty_km REAL;
ALTER TABLE alarms ADD COLUMN acknowledged_unix_ns INTEGER;
ALTER TABLE alarms ADD COLUMN acknowledged_by TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN shelved_until_unix_ns INTEGER;
ALTER TABLE alarms ADD COLUMN shelved_by TEXT NOT NULL DEFAULT '';
)sql",
                                                            R"sql(
-- Version 2 kept a shelf's note in the acknowledgement's place, where there was no acknowledgement.
ALTER TABLE alarms ADD COLUMN shelf_note TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN cause_by TEXT NOT NULL DEFAULT '';
UPDATE alarms SET shelf_note = note, note = ''
  WHERE shelved_until_unix_ns IS NOT NULL AND acknowledged_unix_ns IS NULL;
)sql"};

Result<void> outcome(sqlite::Database& database) {
  if (auto error = database.take_error()) return tl::unexpected(std::move(*error));
  return {};
}

}  // namespace

Result<void> migrate(sqlite::Database& database, const std::string& path) {
  const std::int64_t version = database.value("PRAGMA user_version");
  const std::int64_t application = database.value("PRAGMA application_id");
  const std::int64_t objects = database.value("SELECT count(*) FROM sqlite_master");
  if (auto good = outcome(database); !good) return good;
  if (application != kApplicationId && (application != 0 || version != 0 || objects != 0)) {
    return fail(ErrorCode::kInvalidInput, path, "is a database, but not a collector's store");
  }
  if (version > kSchemaVersion) {
    return fail(ErrorCode::kInvalidInput, path,
                fmt::format("has schema version {}, this program knows up to {}: it was written "
                            "by a newer one",
                            version, kSchemaVersion));
  }
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) {
    database.execute("BEGIN IMMEDIATE");
    database.execute(kSteps[step]);
    database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
    database.execute(fmt::format("PRAGMA user_version = {}", step + 1));
    database.execute("COMMIT");
  }
  return outcome(database);
}

Result<void> check_version(sqlite::Database& database, const std::string& path) {
  const std::int64_t version = database.value("PRAGMA user_version");
  const std::int64_t application = database.value("PRAGMA application_id");
  if (auto good = outcome(database); !good) return good;
  if (application != kApplicationId) {
    return fail(ErrorCode::kInvalidInput, path, "is not a collector's store");
  }
  if (version != kSchemaVersion) {
    return fail(ErrorCode::kInvalidInput, path,
                fmt::format("has schema version {}, expected {}", version, kSchemaVersion));
  }
  return {};
}

}  // namespace caspilink::store
