#include "agent/spool/spool_file.h"

#include <filesystem>
#include <utility>

#include "agent/spool/salvage.h"

namespace caspilink::spool {
namespace {

constexpr const char* kAside = ".damaged";

}  // namespace

Result<std::unique_ptr<SpoolFile>> SpoolFile::open(std::string path, std::uint32_t max_pages) {
  std::unique_ptr<SpoolFile> file(new SpoolFile(std::move(path), max_pages));
  std::error_code failed;
  const bool is_mending = !std::filesystem::exists(file->path_, failed) &&
                          std::filesystem::exists(file->path_ + kAside, failed);
  auto opened = is_mending ? file->mend() : file->open();
  if (!opened && is_damage(opened.error())) opened = file->mend();
  if (!opened) return tl::unexpected(opened.error());
  return file;
}

Result<void> SpoolFile::open() {
  auto database = open_spool_file(path_, max_pages_);
  if (!database) return tl::unexpected(database.error());
  connection_.emplace(std::move(*database));
  sqlite::Database& opened = *connection_->database;
  opened.execute("BEGIN IMMEDIATE");
  connection_->tables.remove_empty_boots();
  boots_ = connection_->tables.boots();
  opened.execute("COMMIT");
  auto error = opened.take_error();
  if (!error) return {};
  opened.execute("ROLLBACK");
  (void)opened.take_error();
  return tl::unexpected(std::move(*error));
}

// Until all is salvaged the file's own name stays free, so that a mending that fails, or dies, is
// done again from the damaged file.
Result<void> SpoolFile::mend() {
  connection_.reset();
  const std::string aside = path_ + kAside;
  const std::string fresh = path_ + ".mended";
  std::error_code failed;
  const bool is_again = !std::filesystem::exists(path_, failed);
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::remove(fresh + suffix, failed);
    if (is_again) continue;
    std::filesystem::remove(aside + suffix, failed);
    if (!std::filesystem::exists(path_ + suffix, failed)) continue;
    std::filesystem::rename(path_ + suffix, aside + suffix, failed);
    if (failed) return fail(ErrorCode::kUnavailable, path_, failed.message());
  }
  if (!is_again) ++damaged_files_;
  // What the process knows of its boots stays: sequences go on where they were.
  for (auto& [boot, row] : boots_) row.batches = row.samples = row.bytes = 0;
  Salvaged salvaged;
  {
    auto database = open_spool_file(fresh, max_pages_);
    if (!database) return tl::unexpected(database.error());
    Connection into(std::move(*database));
    salvaged = salvage(aside, *into.database, into.tables, codec_, boots_);
    if (auto error = into.database->take_error()) return tl::unexpected(std::move(*error));
  }
  std::filesystem::rename(fresh, path_, failed);
  if (failed) return fail(ErrorCode::kUnavailable, path_, failed.message());
  auto mended = open_spool_file(path_, max_pages_);
  if (!mended) return tl::unexpected(mended.error());
  connection_.emplace(std::move(*mended));
  damaged_records_ += salvaged.damaged_records;
  return {};
}

Result<void> SpoolFile::change(const Change& change) {
  if (!connection_) {  // could not be mended the last time
    if (auto mended = mend(); !mended) return mended;
  }
  auto done = try_change(change);
  if (done || !is_damage(done.error())) return done;
  if (auto mended = mend(); !mended) return mended;
  return try_change(change);
}

Result<void> SpoolFile::try_change(const Change& change) {
  sqlite::Database& database = *connection_->database;
  const Boots before = boots_;
  database.execute("BEGIN IMMEDIATE");
  change(connection_->tables, boots_);
  for (const auto& [boot, row] : boots_) {
    const auto known = before.find(boot);
    if (known == before.end() || known->second != row) connection_->tables.put_boot(boot, row);
  }
  database.execute("COMMIT");
  auto error = database.take_error();
  if (!error) return {};
  database.execute("ROLLBACK");
  (void)database.take_error();
  boots_ = before;
  if (error->code == ErrorCode::kExhausted) {
    // What the log holds may fit into the file, and the log's room is free then.
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    (void)database.take_error();
  }
  return tl::unexpected(std::move(*error));
}

Result<void> SpoolFile::sync() {
  if (!connection_) return {};  // the next change mends it
  connection_->database->sync();
  if (auto error = connection_->database->take_error()) return tl::unexpected(std::move(*error));
  return {};
}

template <typename T>
Result<T> SpoolFile::read(const std::function<T(Tables&)>& reading) {
  for (bool mended = false;; mended = true) {
    if (!connection_) {
      if (auto again = mend(); !again) return tl::unexpected(again.error());
    }
    T found = reading(connection_->tables);
    auto error = connection_->database->take_error();
    if (!error) return found;
    if (!is_damage(*error) || mended) return tl::unexpected(std::move(*error));
    if (auto again = mend(); !again) return tl::unexpected(again.error());
  }
}

Result<std::optional<Row>> SpoolFile::next_after(Position position) {
  return read<std::optional<Row>>([&](Tables& tables) { return tables.next_after(position); });
}

Result<std::optional<Row>> SpoolFile::oldest() {
  return read<std::optional<Row>>([](Tables& tables) { return tables.oldest(); });
}

Result<codec::Catalogue> SpoolFile::catalogue(std::uint64_t boot, std::uint32_t first,
                                              std::uint32_t last) {
  return read<codec::Catalogue>(
      [&](Tables& tables) { return tables.catalogue(boot, first, last); });
}

std::uint64_t SpoolFile::bytes_in_use() {
  if (!connection_) return 0;
  sqlite::Database& database = *connection_->database;
  const std::int64_t pages =
      database.value("PRAGMA page_count") - database.value("PRAGMA freelist_count");
  (void)database.take_error();
  return static_cast<std::uint64_t>(pages) * 4096;
}

}  // namespace caspilink::spool
