// What the writer thread does inside one transaction: rows for declarations, batches and records,
// and retention. Knows SQL, knows nothing of threads. Errors stick to the database.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "collector/store/pack.h"
#include "collector/store/record_tables.h"
#include "collector/store/records.h"
#include "collector/store/sqlite_store.h"
#include "proto/codec/wire.h"
#include "proto/sqlite/database.h"

namespace caspilink::store {

class Writer {
 public:
  Writer(sqlite::Database& database, const StoreOptions& options);

  void begin();
  // False where the transaction failed; it is rolled back then and `error` says why.
  bool commit(Error& error);

  void declare(const std::string& agent, const codec::Catalogue& catalogue, std::int64_t now);
  // What is there already is left out; all that is there or written now counts as written.
  void append(const PackedBlock& block);
  void refuse(const RefusedBatch& batch);
  void record(const Record& record) { records_.write(record); }

  // Removes up to one chunk of what retention no longer keeps; true where there may be more.
  bool retire(std::int64_t now);
  // Removes what the other tables need not keep any more.
  void trim(std::int64_t now);

  [[nodiscard]] Recovered recover();
  [[nodiscard]] std::uint64_t bytes();
  [[nodiscard]] std::uint64_t batches() const { return batches_; }

 private:
  std::int64_t boot_id(const std::string& agent, std::uint64_t boot);
  void insert(std::int64_t boot_id, const PackedBlock& block);
  void note_set_aside(std::int64_t boot_id, const JudgedBatch& judged);
  void read_ledger();
  void retire_sequences(std::int64_t boot_id, const IntervalSet& gone);

  sqlite::Database& database_;
  const StoreOptions options_;
  Packer packer_;
  RecordWriter records_;
  std::map<std::pair<std::string, std::uint64_t>, std::int64_t> boot_ids_;
  // By boot_id: what is in the tables, with what this transaction has written so far.
  std::map<std::int64_t, IntervalSet> ledger_;
  std::vector<std::tuple<std::int64_t, std::uint64_t, std::uint64_t>> written_;
  std::size_t noted_ = 0;  // rows set aside, in this transaction
  std::uint64_t batches_ = 0;
  std::uint64_t batches_at_begin_ = 0;
  std::int64_t next_block_id_ = 1;  // never given twice: receivers remember how far they are

  sqlite::Statement begin_;
  sqlite::Statement commit_;
  sqlite::Statement find_boot_;
  sqlite::Statement insert_boot_;
  sqlite::Statement touch_boot_;
  sqlite::Statement insert_series_;
  sqlite::Statement insert_block_;
  sqlite::Statement insert_set_aside_;
  sqlite::Statement insert_refused_;
};

}  // namespace caspilink::store
