// What the writer thread does inside one transaction: rows for declarations, batches and records,
// and retention. Knows SQL, knows nothing of threads. Errors stick to the database.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "collector/store/columns.h"
#include "collector/store/record_tables.h"
#include "collector/store/records.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_store.h"
#include "proto/codec/wire.h"

namespace caspilink::store {

class Writer {
 public:
  Writer(Database& database, const StoreOptions& options);

  void begin() { begin_.run(); }
  // False where the transaction failed; it is rolled back then and `error` says why.
  bool commit(Error& error);

  void declare(const std::string& agent, const codec::Catalogue& catalogue, std::int64_t now);
  void append(const JudgedBatch& batch);
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
  void retire_sequences(std::int64_t boot_id, const IntervalSet& gone);

  Database& database_;
  const StoreOptions options_;
  ColumnCodec codec_;
  RecordWriter records_;
  std::map<std::pair<std::string, std::uint64_t>, std::int64_t> boot_ids_;
  std::uint64_t batches_ = 0;
  std::uint64_t batches_at_begin_ = 0;
  std::int64_t next_batch_id_ = 1;  // never given twice: receivers remember how far they are

  Statement begin_;
  Statement commit_;
  Statement find_boot_;
  Statement insert_boot_;
  Statement touch_boot_;
  Statement insert_series_;
  Statement insert_batch_;
  Statement insert_set_aside_;
  Statement insert_refused_;
};

}  // namespace caspilink::store
