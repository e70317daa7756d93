#include "collector/store/writer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace caspilink::store {
namespace {

// Blocks removed in one transaction: keeps a sweep from holding up acknowledgements.
constexpr std::int64_t kRetireChunk = 500;
// Rows set aside that one transaction notes one by one; their block keeps them all.
constexpr std::size_t kMostNoted = 1000;

// What numbers were given, before the rows that show it go.
constexpr const char* kCountBlocks =
    "INSERT OR REPLACE INTO counters SELECT 'blocks', max(id) FROM blocks"
    " HAVING max(id) IS NOT NULL";
constexpr const char* kCountAlarms =
    "INSERT OR REPLACE INTO counters SELECT 'alarms', max(id) FROM alarms"
    " HAVING max(id) IS NOT NULL";

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

Writer::Writer(sqlite::Database& database, const StoreOptions& options)
    : database_(database),
      options_(options),
      records_(database),
      begin_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      find_boot_(database, "SELECT id FROM boots WHERE agent = ?1 AND boot = ?2"),
      insert_boot_(database,
                   "INSERT INTO boots (agent, boot, declared_unix_ns) VALUES (?1, ?2, 0)"),
      touch_boot_(database, "UPDATE boots SET declared_unix_ns = ?2 WHERE id = ?1"),
      insert_series_(
          database,
          "INSERT OR IGNORE INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      insert_block_(database,
                    "INSERT INTO blocks (id, boot_id, first_sequence, batches, received_unix_ns,"
                    " oldest_unix_ns, newest_unix_ns, samples, set_aside, members, block)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
      insert_set_aside_(database,
                        "INSERT INTO set_aside (boot_id, sequence, row, number, time_unix_ns,"
                        " value, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      insert_refused_(database,
                      "INSERT INTO refused (agent, boot, sequence, received_unix_ns, reason)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)") {
  batches_ = as_unsigned(database_.value("SELECT coalesce(sum(batches), 0) FROM blocks"));
  batches_at_begin_ = batches_;
  read_ledger();
  next_block_id_ = 1 + database_.value(
                           "SELECT max((SELECT coalesce(max(id), 0) FROM blocks),"
                           " (SELECT coalesce(max(value), 0) FROM counters"
                           " WHERE name = 'blocks'))");
}

void Writer::begin() {
  begin_.run();
  written_.clear();
  noted_ = 0;
}

bool Writer::commit(Error& error) {
  commit_.run();
  auto failure = database_.take_error();
  if (!failure) {
    batches_at_begin_ = batches_;
    return true;
  }
  // Where SQLite has rolled back by itself this says so and changes nothing.
  database_.execute("ROLLBACK");
  (void)database_.take_error();
  boot_ids_.clear();
  records_.rolled_back();
  for (const auto& [id, first, last] : written_) ledger_[id].erase(first, last);
  batches_ = batches_at_begin_;
  error = std::move(*failure);
  return false;
}

std::int64_t Writer::boot_id(const std::string& agent, std::uint64_t boot) {
  const auto known = boot_ids_.find({agent, boot});
  if (known != boot_ids_.end()) return known->second;
  find_boot_.bind(1, std::string_view(agent)).bind(2, as_signed(boot));
  std::int64_t id = 0;
  if (find_boot_.step()) {
    id = find_boot_.integer(0);
    find_boot_.reset();
  } else {
    insert_boot_.bind(1, std::string_view(agent)).bind(2, as_signed(boot)).run();
    id = database_.last_insert_id();
  }
  if (!database_.failed()) boot_ids_.emplace(std::pair(agent, boot), id);
  return id;
}

void Writer::declare(const std::string& agent, const codec::Catalogue& catalogue,
                     std::int64_t now) {
  const std::int64_t id = boot_id(agent, catalogue.boot);
  touch_boot_.bind(1, id).bind(2, now).run();
  for (const auto& [number, point] : catalogue.series) {
    insert_series_.bind(1, id)
        .bind(2, std::int64_t{number})
        .bind(3, static_cast<std::int64_t>(point.quantity))
        .bind(4, static_cast<std::int64_t>(point.statistic))
        .bind(5, std::string_view(point.source))
        .bind(6, std::string_view(point.component))
        .bind(7, std::string_view(point.fibre_pair))
        .bind(8, std::int64_t{point.channel})
        .bind(9, std::string_view(point.element))
        .bind(10, std::string_view(point.peer))
        .run();
  }
}

void Writer::append(const PackedBlock& block) {
  const JudgedBatch& head = *block.batches.front();
  const std::int64_t id = boot_id(head.agent, head.batch.id.boot);
  const std::uint64_t first = head.batch.id.sequence;
  const std::uint64_t last = block.batches.back()->batch.id.sequence;
  if (database_.failed()) return;
  IntervalSet& ledger = ledger_[id];
  if (!ledger.overlaps(first, last)) return insert(id, block);
  JudgedBatches fresh;
  for (const auto& judged : block.batches) {
    if (!ledger.contains(judged->batch.id.sequence)) fresh.push_back(judged);
  }
  const auto rest = packer_.pack(std::move(fresh));
  if (!rest) return database_.fail_with(rest.error());
  for (const PackedBlock& part : *rest) insert(id, part);
}

void Writer::insert(std::int64_t boot_id, const PackedBlock& block) {
  const JudgedBatch& head = *block.batches.front();
  insert_block_.bind(1, next_block_id_)
      .bind(2, boot_id)
      .bind(3, head.batch.id.sequence)
      .bind(4, std::uint64_t{block.batches.size()})
      .bind(5, head.received_unix_ns)
      .bind(6, block.oldest_unix_ns)
      .bind(7, block.newest_unix_ns)
      .bind(8, block.samples)
      .bind(9, block.set_aside)
      .bind_blob(10, block.members)
      .bind_blob(11, block.block)
      .run();
  if (database_.failed()) return;
  const std::uint64_t last = block.batches.back()->batch.id.sequence;
  ledger_[boot_id].insert(head.batch.id.sequence, last);
  written_.emplace_back(boot_id, head.batch.id.sequence, last);
  batches_ += block.batches.size();
  ++next_block_id_;
  if (block.set_aside == 0) return;
  for (const auto& judged : block.batches) note_set_aside(boot_id, *judged);
}

void Writer::note_set_aside(std::int64_t boot_id, const JudgedBatch& judged) {
  const codec::Batch& batch = judged.batch;
  for (std::size_t row = 0; row < judged.set_aside.size() && noted_ < kMostNoted; ++row) {
    if (judged.set_aside[row] == SetAside::kNone) continue;
    insert_set_aside_.bind(1, boot_id)
        .bind(2, batch.id.sequence)
        .bind(3, std::uint64_t{row})
        .bind(4, std::int64_t{batch.series[row]})
        .bind(5, batch.times_unix_ns[row])
        .bind(7, static_cast<std::int64_t>(judged.set_aside[row]));
    if (std::isnan(batch.values[row])) {
      insert_set_aside_.bind_null(6);
    } else {
      insert_set_aside_.bind(6, batch.values[row]);
    }
    insert_set_aside_.run();
    ++noted_;
  }
}

void Writer::refuse(const RefusedBatch& batch) {
  insert_refused_.bind(1, std::string_view(batch.agent))
      .bind(2, as_signed(batch.id.boot))
      .bind(3, as_signed(batch.id.sequence))
      .bind(4, batch.received_unix_ns)
      .bind(5, std::string_view(batch.reason))
      .run();
}

bool Writer::retire(std::int64_t now) {
  const std::uint64_t size = bytes();
  const bool too_big = options_.max_bytes != 0 && size > options_.max_bytes;
  if (options_.keep_ns == 0 && !too_big) return false;
  std::int64_t chunk = kRetireChunk;
  if (too_big) {
    // As many of the oldest as bring the store a tenth below its bound, if blocks are alike.
    const double excess =
        1.0 - 0.9 * static_cast<double>(options_.max_bytes) / static_cast<double>(size);
    const auto blocks = static_cast<double>(database_.value("SELECT count(*) FROM blocks"));
    chunk = std::clamp(static_cast<std::int64_t>(excess * blocks), std::int64_t{1}, kRetireChunk);
  }
  const std::int64_t cutoff = options_.keep_ns == 0 ? INT64_MIN : now - options_.keep_ns;

  std::map<std::int64_t, IntervalSet> gone;
  std::int64_t rows = 0;
  std::int64_t last_id = 0;
  std::uint64_t batches = 0;
  {
    sqlite::Statement oldest(database_,
                             too_big ? "SELECT id, boot_id, first_sequence, batches FROM blocks"
                                       " WHERE ?1 = ?1 ORDER BY id LIMIT ?2"
                                     : "SELECT id, boot_id, first_sequence, batches FROM"
                                       " (SELECT * FROM blocks ORDER BY id LIMIT ?2)"
                                       " WHERE received_unix_ns < ?1 ORDER BY id");
    oldest.bind(1, cutoff).bind(2, chunk);
    while (oldest.step()) {
      last_id = oldest.integer(0);
      const std::uint64_t first = oldest.number(2);
      gone[oldest.integer(1)].insert(first, first + oldest.number(3) - 1);
      batches += oldest.number(3);
      ++rows;
    }
  }
  if (rows == 0) return false;
  for (const auto& [id, sequences] : gone) retire_sequences(id, sequences);
  database_.execute(kCountBlocks);
  sqlite::Statement drop(database_,
                         too_big ? "DELETE FROM blocks WHERE ?1 = ?1 AND id <= ?2"
                                 : "DELETE FROM blocks WHERE received_unix_ns < ?1 AND id <= ?2");
  drop.bind(1, cutoff).bind(2, last_id).run();
  if (!database_.failed()) batches_ -= batches;
  // A catalogue goes with the last batch that needs it, unless its agent declared it lately.
  sqlite::Statement forget(database_,
                           "DELETE FROM series WHERE boot_id IN (SELECT id FROM boots"
                           " WHERE declared_unix_ns < ?1 AND NOT EXISTS"
                           " (SELECT 1 FROM blocks WHERE blocks.boot_id = boots.id))");
  forget.bind(1, cutoff).run();
  database_.execute("PRAGMA incremental_vacuum");
  return rows == chunk;
}

void Writer::retire_sequences(std::int64_t boot_id, const IntervalSet& gone) {
  IntervalSet all = gone;
  sqlite::Statement before(database_, "SELECT first, last FROM retired WHERE boot_id = ?1");
  before.bind(1, boot_id);
  while (before.step()) {
    all.insert(as_unsigned(before.integer(0)), as_unsigned(before.integer(1)));
  }
  sqlite::Statement clear(database_, "DELETE FROM retired WHERE boot_id = ?1");
  clear.bind(1, boot_id).run();
  sqlite::Statement insert(database_, "INSERT INTO retired VALUES (?1, ?2, ?3)");
  for (const auto& [first, last] : all.ranges()) {
    insert.bind(1, boot_id).bind(2, as_signed(first)).bind(3, as_signed(last)).run();
  }
}

void Writer::trim(std::int64_t now) {
  for (const auto& [table, rows] : {std::pair{"set_aside", options_.max_set_aside_rows},
                                    std::pair{"refused", options_.max_refused_rows},
                                    std::pair{"audit", options_.max_audit_rows}}) {
    database_.execute(
        fmt::format("DELETE FROM {0} WHERE id <= (SELECT max(id) FROM {0}) - {1}", table, rows));
  }
  for (const auto& [length_s, keep_ns] : {std::pair{kQuarterHour_s, options_.keep_15min_ns},
                                          std::pair{kDay_s, options_.keep_24h_ns}}) {
    if (keep_ns == 0) continue;
    database_.execute(fmt::format("DELETE FROM bins WHERE length_s = {} AND start_unix_s < {}",
                                  length_s, (now - keep_ns) / 1'000'000'000));
  }
  database_.execute(kCountAlarms);
  if (options_.keep_alarms_ns != 0) {
    database_.execute(fmt::format("DELETE FROM alarms WHERE cleared_unix_ns < {}",
                                  now - options_.keep_alarms_ns));
    database_.execute(fmt::format("DELETE FROM maintenance WHERE until_unix_ns < {}",
                                  now - options_.keep_alarms_ns));
  }
  // However fast alarms come and go: of those that are over, the oldest go.
  database_.execute(
      fmt::format("DELETE FROM alarms WHERE cleared_unix_ns IS NOT NULL"
                  " AND id <= (SELECT max(id) FROM alarms) - {}",
                  options_.max_alarm_rows));
}

void Writer::read_ledger() {
  sqlite::Statement rows(database_,
                         "SELECT boot_id, first_sequence, batches FROM blocks"
                         " UNION ALL SELECT boot_id, first, last - first + 1 FROM retired");
  while (rows.step()) {
    const std::uint64_t first = rows.number(1);
    ledger_[rows.integer(0)].insert(first, first + rows.number(2) - 1);
  }
}

Recovered Writer::recover() {
  Recovered found;
  sqlite::Statement boots(database_, "SELECT id, agent, boot FROM boots");
  while (boots.step()) {
    const auto known = ledger_.find(boots.integer(0));
    if (known == ledger_.end()) continue;
    found.ledger.emplace(std::pair(std::string(boots.text(1)), boots.number(2)), known->second);
  }
  read_alarms(database_, true,
              [&](const AlarmRecord& alarm) { found.standing_alarms.push_back(alarm); });
  read_baselines(database_,
                 [&](const BaselineRecord& baseline) { found.baselines.push_back(baseline); });
  read_maintenance(database_,
                   [&](const MaintenanceRecord& window) { found.maintenance.push_back(window); });
  found.next_alarm_id =
      as_unsigned(1 + database_.value("SELECT max((SELECT coalesce(max(id), 0) FROM alarms),"
                                      " (SELECT coalesce(max(value), 0) FROM counters"
                                      " WHERE name = 'alarms'))"));
  return found;
}

std::uint64_t Writer::bytes() {
  const std::int64_t pages =
      database_.value("PRAGMA page_count") - database_.value("PRAGMA freelist_count");
  return as_unsigned(pages * database_.value("PRAGMA page_size"));
}

}  // namespace caspilink::store
