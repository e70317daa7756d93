#include "proto/sqlite/database.h"

#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace caspilink::sqlite {
namespace {

ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorCode::kExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kInvalidInput;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return ErrorCode::kDenied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

}  // namespace

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  if (database_.failed()) return;
  const int code = sqlite3_prepare_v3(database_.handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) database_.note(code);
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int index, std::int64_t value) {
  if (!database_.failed()) sqlite3_bind_int64(statement_, index, value);
  return *this;
}
Statement& Statement::bind(int index, double value) {
  if (!database_.failed()) sqlite3_bind_double(statement_, index, value);
  return *this;
}
Statement& Statement::bind(int index, std::string_view text) {
  if (!database_.failed()) {
    // A null pointer would bind NULL; empty text is empty text.
    sqlite3_bind_text(statement_, index, text.data() == nullptr ? "" : text.data(),
                      static_cast<int>(text.size()), SQLITE_STATIC);
  }
  return *this;
}
Statement& Statement::bind_blob(int index, std::span<const std::byte> bytes) {
  if (!database_.failed()) {
    // A null pointer would bind NULL; no bytes are no bytes.
    sqlite3_bind_blob64(statement_, index,
                        bytes.empty() ? reinterpret_cast<const std::byte*>("") : bytes.data(),
                        bytes.size(), SQLITE_STATIC);
  }
  return *this;
}
Statement& Statement::bind_null(int index) {
  if (!database_.failed()) sqlite3_bind_null(statement_, index);
  return *this;
}

bool Statement::step() {
  if (database_.failed()) {
    if (statement_ != nullptr) sqlite3_reset(statement_);
    return false;
  }
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.note(code);
  sqlite3_reset(statement_);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr
             ? std::string_view()
             : std::string_view(text,
                                static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}
std::span<const std::byte> Statement::blob(int column) const {
  return {static_cast<const std::byte*>(sqlite3_column_blob(statement_, column)),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode,
                                                 int busy_timeout_ms) {
  const int flags =
      mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    std::string detail = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
    sqlite3_close(handle);
    return fail(
        mode == Mode::kReadOnly && code == SQLITE_CANTOPEN ? ErrorCode::kNotFound : code_of(code),
        path, "cannot be opened: " + detail);
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  return std::unique_ptr<Database>(new Database(path, handle));
}

Database::~Database() { sqlite3_close(handle_); }

void Database::execute(const std::string& sql) {
  if (failed()) return;
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) note(code);
}

void Database::sync() {
  if (failed()) return;
  sqlite3_file* log = nullptr;
  int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code == SQLITE_OK) code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) {
    fail_with(Error{code_of(code), path_, fmt::format("SQLite: {}", sqlite3_errstr(code))});
  }
}

std::int64_t Database::value(const std::string& sql) {
  Statement statement(*this, sql);
  const std::int64_t value = statement.step() ? statement.integer(0) : 0;
  statement.reset();
  return value;
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

std::optional<Error> Database::take_error() { return std::exchange(error_, std::nullopt); }

void Database::fail_with(Error error) {
  if (!error_) error_ = std::move(error);
}

void Database::note(int code) {
  if (error_) return;
  error_ = Error{code_of(code), path_,
                 fmt::format("SQLite: {} ({})", sqlite3_errmsg(handle_), sqlite3_errstr(code))};
}

}  // namespace caspilink::sqlite
