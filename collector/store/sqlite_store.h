// The store on disk: one SQLite database in write-ahead mode, one thread that writes it.
//
// Group commit: whatever is queued when the writer comes round goes into one transaction and one
// fsync, so that batches pay for durability together. DIR/store.sqlite holds the data, DIR/lock
// keeps a second process out.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "collector/store/store.h"

namespace caspilink::store {

// When the disk is made to take what was written.
enum class FsyncPolicy {
  kEveryCommit,   // survives loss of power (SQLite synchronous=FULL)
  kOnCheckpoint,  // survives kill -9; power loss may take the last commits (synchronous=NORMAL)
  kNever,         // survives kill -9; power loss may damage the store (synchronous=OFF)
};

struct StoreOptions {
  FsyncPolicy fsync = FsyncPolicy::kEveryCommit;
  std::int64_t keep_ns = 0;     // age by receipt at which batches go; 0: for ever
  std::uint64_t max_bytes = 0;  // of the database; 0: no bound
  std::size_t max_set_aside_rows = 100'000;
  std::size_t max_refused_rows = 10'000;
  std::int64_t keep_15min_ns = 0;   // bins, by their start; 0: for ever
  std::int64_t keep_24h_ns = 0;     // bins, by their start; 0: for ever
  std::int64_t keep_alarms_ns = 0;  // since they cleared; 0: for ever
  std::size_t max_alarm_rows = 1'000'000;
  std::size_t max_audit_rows = 1'000'000;
};

class SqliteStore final : public Store {
 public:
  // Creates the directory's database where there is none, migrates an older one, and reads what
  // it holds. kUnavailable where another process has it open.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::string& directory,
                                                                 const StoreOptions& options,
                                                                 CommitListener listener);

  // Writes what is queued, then closes. The listener is called for it as always.
  ~SqliteStore() override;

  // What was there at opening; once.
  [[nodiscard]] Recovered take_recovered();

  void declare(std::string agent, codec::Catalogue catalogue, std::int64_t now_unix_ns) override;
  Ticket append(std::shared_ptr<const JudgedBatch> batch) override;
  void refuse(RefusedBatch batch) override;
  void record(Record record) override;
  void sweep(std::int64_t now_unix_ns) override;
  [[nodiscard]] StoreStatus status() const override;

 private:
  class Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Path of the database within a store's directory.
[[nodiscard]] std::string database_path(const std::string& directory);

}  // namespace caspilink::store
