#include "collector/store/backup.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "collector/store/schema.h"
#include "collector/store/sqlite_store.h"
#include "proto/sqlite/database.h"

namespace caspilink::store {
namespace {

using sqlite::Database;

// SQLite's copy is consistent; that the disk has it is up to us.
Result<void> flush(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!flushed) return fail(ErrorCode::kUnavailable, path, std::strerror(error));
  return {};
}

Result<void> check(const std::string& path) {
  auto copy = Database::open(path, Database::Mode::kReadOnly);
  if (!copy) return tl::unexpected(copy.error());
  if (auto version = check_version(**copy, path); !version) return version;
  std::string said;
  {
    sqlite::Statement lines(**copy, "PRAGMA integrity_check(1)");
    if (lines.step()) said = lines.text(0);
  }
  if (auto error = (*copy)->take_error()) return tl::unexpected(std::move(*error));
  if (said != "ok") return fail(ErrorCode::kInvalidInput, path, "the copy is not sound: " + said);
  return {};
}

Result<void> copy_into(const std::string& directory, const std::string& partial) {
  const std::string path = database_path(directory);
  auto source = Database::open(path, Database::Mode::kReadOnly);
  if (!source) return tl::unexpected(source.error());
  if (auto version = check_version(**source, path); !version) return version;
  {
    sqlite::Statement vacuum(**source, "VACUUM INTO ?1");
    vacuum.bind(1, std::string_view(partial));
    vacuum.run();
  }
  if (auto error = (*source)->take_error()) return tl::unexpected(std::move(*error));
  if (auto sound = check(partial); !sound) return sound;
  return flush(partial);
}

}  // namespace

Result<void> back_up(const std::string& directory, const std::string& to) {
  std::error_code error;
  if (std::filesystem::exists(to, error)) {
    return fail(ErrorCode::kInvalidInput, to, "is there already; a backup never replaces a file");
  }
  const std::string partial = to + ".partial";
  std::filesystem::remove(partial, error);
  auto copied = copy_into(directory, partial);
  if (!copied) {
    std::filesystem::remove(partial, error);
    return copied;
  }
  std::filesystem::rename(partial, to, error);
  if (error) return fail(ErrorCode::kUnavailable, to, error.message());
  const std::string folder = std::filesystem::path(to).parent_path().string();
  return flush(folder.empty() ? "." : folder);
}

}  // namespace caspilink::store
