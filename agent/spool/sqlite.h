// The little of SQLite's C interface that the spool needs, with owners for its handles. Internal to
// this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "link_models/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace caspilink::spool {

enum class Step { kRow, kDone, kFailed };

class Database;

// A prepared statement. Parameters and columns count from 0.
class Statement {
 public:
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::uint64_t value) {
    return bind(index, static_cast<std::int64_t>(value));
  }
  Statement& bind(int index, const std::string& text);           // must live until reset
  Statement& bind(int index, std::span<const std::byte> bytes);  // must live until reset
  [[nodiscard]] Step step();
  // Steps a statement that gives no rows, and resets it.
  [[nodiscard]] bool run();
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::span<const std::byte> blob(int column) const;  // until the next step

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class Database {
 public:
  enum class Mode { kReadWrite, kReadOnly };
  [[nodiscard]] static Result<Database> open(const std::string& path, Mode mode);

  [[nodiscard]] bool execute(const char* sql);
  // A statement that cannot be prepared fails at its first step.
  [[nodiscard]] Statement prepare(const char* sql) const;

  // What went wrong last, naming the file. kInternal: the file is no sound database. kUnavailable:
  // the disk is full, read-only or failing, or the file is locked; trying again may help.
  [[nodiscard]] Error error(const char* doing) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
};

}  // namespace caspilink::spool
