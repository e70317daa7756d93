#include "agent/spool/sqlite.h"

#include <sqlite3.h>

namespace caspilink::spool {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), index + 1, value);
  return *this;
}

Statement& Statement::bind(int index, const std::string& text) {
  sqlite3_bind_text(handle_.get(), index + 1, text.data(), static_cast<int>(text.size()),
                    SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(int index, std::span<const std::byte> bytes) {
  sqlite3_bind_blob64(handle_.get(), index + 1, bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

Step Statement::step() {
  if (!handle_) return Step::kFailed;
  switch (sqlite3_step(handle_.get())) {
    case SQLITE_ROW:
      return Step::kRow;
    case SQLITE_DONE:
      return Step::kDone;
    default:
      return Step::kFailed;
  }
}

bool Statement::run() {
  const bool done = step() == Step::kDone;
  reset();
  return done;
}

void Statement::reset() { sqlite3_reset(handle_.get()); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string Statement::text(int column) const {
  const auto bytes = blob(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return {static_cast<const std::byte*>(bytes), static_cast<std::size_t>(size)};
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Result<Database> Database::open(const std::string& path, Mode mode) {
  Database database;
  database.path_ = path;
  const int flags =
      mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  database.handle_.reset(handle);
  if (code != SQLITE_OK) {
    return fail(ErrorCode::kUnavailable, path,
                handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
  }
  sqlite3_extended_result_codes(handle, 1);
  return database;
}

bool Database::execute(const char* sql) {
  return sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

Statement Database::prepare(const char* sql) const {
  Statement statement;
  sqlite3_stmt* handle = nullptr;
  sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  statement.handle_.reset(handle);
  return statement;
}

Error Database::error(const char* doing) const {
  const int code = sqlite3_errcode(handle_.get()) & 0xff;
  // SQLITE_ERROR is "no such table": a page of the schema was lost.
  const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
  return {damaged ? ErrorCode::kInternal : ErrorCode::kUnavailable, path_,
          std::string("cannot ") + doing + ": " + sqlite3_errmsg(handle_.get())};
}

}  // namespace caspilink::spool
