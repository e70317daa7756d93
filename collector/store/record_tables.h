// The tables of everything besides batches: rows for records.h's values, and values for rows.
// Errors stick to the database.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "collector/store/records.h"
#include "proto/sqlite/database.h"

namespace caspilink::store {

// Writes records inside the caller's transaction. Keeps the number of every place it has written
// about: callers bound how many there are.
class RecordWriter {
 public:
  explicit RecordWriter(sqlite::Database& database);

  void write(const Record& record);
  // The transaction was rolled back: places it added are not there.
  void rolled_back() { place_ids_.clear(); }

 private:
  void write(const AlarmRecord& alarm);
  void write(const BinRecord& bin);
  void write(const BaselineRecord& baseline);
  void write(const WatermarkRecord& watermark);
  void write(const AuditRecord& audit);
  void write(const MaintenanceRecord& maintenance);
  std::int64_t place_id(const PlaceName& place);

  sqlite::Database& database_;
  std::map<PlaceName, std::int64_t> place_ids_;
  sqlite::Statement find_place_;
  sqlite::Statement insert_place_;
  sqlite::Statement upsert_alarm_;
  sqlite::Statement upsert_bin_;
  sqlite::Statement upsert_baseline_;
  sqlite::Statement upsert_watermark_;
  sqlite::Statement insert_audit_;
  sqlite::Statement upsert_maintenance_;
};

// By id.
void read_alarms(sqlite::Database& database, bool only_standing,
                 const std::function<void(const AlarmRecord&)>& visit);
// By start, then in the order places were first written about.
void read_bins(sqlite::Database& database, const BinFilter& filter,
               const std::function<void(const BinRecord&)>& visit);
void read_baselines(sqlite::Database& database,
                    const std::function<void(const BaselineRecord&)>& visit);
void read_watermarks(sqlite::Database& database,
                     const std::function<void(const WatermarkRecord&)>& visit);
// Oldest first.
void read_audit(sqlite::Database& database, const std::function<void(const AuditRecord&)>& visit);
void read_maintenance(sqlite::Database& database,
                      const std::function<void(const MaintenanceRecord&)>& visit);

}  // namespace caspilink::store
