// A thin owner of SQLite handles. Errors stick to the database: after the first, statements do
// nothing and give no rows, and the caller asks once, at the end of its transaction.
//
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "link_models/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace caspilink::sqlite {

class Database;

// A prepared statement. Parameters and columns count from 1 and 0 as in SQLite.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::uint64_t value) {
    return bind(index, static_cast<std::int64_t>(value));
  }
  Statement& bind(int index, double value);
  // Text and blobs must live until the statement has run: SQLite does not copy them.
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::span<const std::byte> bytes);
  Statement& bind_null(int index);

  // True while there is a row; resets itself after the last one and on errors.
  bool step();
  // For statements without rows.
  void run();
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  // Views hold until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<const std::byte> blob(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  // kNotFound where a read-only file is not there. Else, here and of every later error:
  // kInvalidInput: the file is no sound database; kExhausted: the disk or a bound is full; kDenied:
  // it may not be written; kUnavailable: it cannot be opened, is locked or fails; kInternal: the
  // statement does not fit the schema. `busy_timeout_ms`: how long a lock of another is waited for.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode,
                                                              int busy_timeout_ms = 5000);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs statements without results.
  void execute(const std::string& sql);
  // With journal_mode = WAL and synchronous = NORMAL: what was committed is on the disk when this
  // returns.
  void sync();
  // First column of the first row; 0 where there is none.
  [[nodiscard]] std::int64_t value(const std::string& sql);
  [[nodiscard]] std::int64_t last_insert_id() const;
  // Rows the last statement changed.
  [[nodiscard]] std::int64_t changes() const;

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  // The first error since the last call, and a clean slate.
  [[nodiscard]] std::optional<Error> take_error();
  // Makes the transaction fail for a reason of the caller's.
  void fail_with(Error error);

 private:
  friend class Statement;
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  void note(int code);

  std::string path_;
  sqlite3* handle_;
  std::optional<Error> error_;
};

}  // namespace caspilink::sqlite
