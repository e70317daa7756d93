#include "collector/store/sqlite_store.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include "collector/store/pack.h"
#include "collector/store/schema.h"
#include "collector/store/writer.h"
#include "proto/sqlite/database.h"

namespace caspilink::store {
namespace {

// Of a new store: a block takes several pages, and fewer larger ones cost fewer calls.
constexpr int kPageBytes = 16'384;
constexpr int kCheckpointPages = 1000;
// Records that wait for a store that can write again; the oldest are given up first.
constexpr std::size_t kMostRecordsKept = 100'000;

const char* pragma_of(FsyncPolicy policy) {
  switch (policy) {
    case FsyncPolicy::kEveryCommit:
      return "PRAGMA synchronous = FULL";
    case FsyncPolicy::kOnCheckpoint:
      return "PRAGMA synchronous = NORMAL";
    case FsyncPolicy::kNever:
      return "PRAGMA synchronous = OFF";
  }
  return "PRAGMA synchronous = FULL";
}

// An advisory lock on DIR/lock, let go by the kernel however the process ends.
class DirectoryLock {
 public:
  static Result<DirectoryLock> take(const std::string& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
      return fail(ErrorCode::kUnavailable, directory, "cannot be created: " + error.message());
    }
    const std::string path = directory + "/lock";
    DirectoryLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (lock.file_ < 0) {
      return fail(ErrorCode::kUnavailable, path, std::strerror(errno));
    }
    if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorCode::kUnavailable, directory, "is in use by another collector");
    }
    return lock;
  }
  DirectoryLock(DirectoryLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_;
};

struct Declare {
  std::string agent;
  codec::Catalogue catalogue;
  std::int64_t now = 0;
};
struct Append {
  Ticket ticket = 0;
  std::shared_ptr<const JudgedBatch> batch;
};
using Work = std::variant<Declare, Append, RefusedBatch, Record>;

// What goes into one transaction together.
struct Unit {
  std::vector<Work> work;  // in the order it was queued; batches of it are in `blocks`
  std::vector<Ticket> tickets;
  std::vector<PackedBlock> blocks;
  std::optional<Error> error;  // it could not be packed
};

}  // namespace

std::string database_path(const std::string& directory) { return directory + "/store.sqlite"; }

class SqliteStore::Impl {
 public:
  Impl(DirectoryLock lock, std::unique_ptr<sqlite::Database> database, const StoreOptions& options,
       CommitListener listener)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        listener_(std::move(listener)),
        writer_(*database_, options) {}

  ~Impl() {
    if (!writing_.joinable()) return;
    {
      const std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    to_pack_.notify_one();
    packing_.join();
    {
      const std::lock_guard guard(mutex_);
      packed_all_ = true;
    }
    to_write_.notify_one();
    writing_.join();
  }

  Result<void> prepare() {
    recovered_ = writer_.recover();
    status_.bytes = writer_.bytes();
    status_.batches = writer_.batches();
    if (auto error = database_->take_error()) return tl::unexpected(std::move(*error));
    packing_ = std::thread([this] { pack(); });
    writing_ = std::thread([this] { write(); });
    return {};
  }

  Recovered take_recovered() { return std::exchange(recovered_, {}); }

  template <typename T>
  void queue(T work) {
    bool wake = false;
    {
      const std::lock_guard guard(mutex_);
      queue_.emplace_back(std::move(work));
      wake = worth_packing();
    }
    if (wake) to_pack_.notify_one();
  }

  Ticket append(std::shared_ptr<const JudgedBatch> batch) {
    Ticket ticket = 0;
    bool wake = false;
    {
      const std::lock_guard guard(mutex_);
      ticket = next_ticket_++;
      ++status_.queued_batches;
      queued_rows_ += batch->batch.size();
      queue_.emplace_back(Append{ticket, std::move(batch)});
      wake = worth_packing();
    }
    if (wake) to_pack_.notify_one();
    return ticket;
  }

  void sweep(std::int64_t now) {
    {
      const std::lock_guard guard(mutex_);
      sweep_at_ = now;
    }
    to_write_.notify_one();
  }

  StoreStatus status() const {
    const std::lock_guard guard(mutex_);
    return status_;
  }

 private:
  // With the mutex held. What is queued waits for the writer, so that neighbours get into one
  // block, unless it fills one already: then it is packed while the writer waits for the disk.
  [[nodiscard]] bool worth_packing() const {
    return !queue_.empty() && (writer_waits_ || queued_rows_ >= kRowsPerBlock);
  }

  // The packing thread.
  void pack() {
    Packer packer;
    std::deque<Work> taken;
    while (true) {
      {
        std::unique_lock guard(mutex_);
        to_pack_.wait(guard, [&] { return stopping_ || worth_packing(); });
        if (queue_.empty()) return;
        taken.swap(queue_);
        queued_rows_ = 0;
        writer_waits_ = false;
      }
      Unit unit = packed(packer, taken);
      taken.clear();
      {
        const std::lock_guard guard(mutex_);
        units_.push_back(std::move(unit));
      }
      to_write_.notify_one();
    }
  }

  static Unit packed(Packer& packer, std::deque<Work>& taken) {
    Unit unit;
    JudgedBatches batches;
    for (Work& work : taken) {
      if (auto* append = std::get_if<Append>(&work)) {
        unit.tickets.push_back(append->ticket);
        batches.push_back(std::move(append->batch));
      } else {
        unit.work.push_back(std::move(work));
      }
    }
    auto blocks = packer.pack(std::move(batches));
    if (blocks) {
      unit.blocks = std::move(*blocks);
    } else {
      unit.error = std::move(blocks.error());
    }
    return unit;
  }

  // The writing thread.
  void write() {
    std::vector<Unit> group;
    while (true) {
      std::optional<std::int64_t> sweep_at;
      {
        std::unique_lock guard(mutex_);
        if (units_.empty()) {
          writer_waits_ = true;
          to_pack_.notify_one();
        }
        to_write_.wait(guard, [&] { return packed_all_ || !units_.empty() || sweep_at_; });
        if (packed_all_ && units_.empty()) return;
        group.swap(units_);
        sweep_at = std::exchange(sweep_at_, std::nullopt);
      }
      if (!group.empty()) write(group);
      group.clear();
      if (sweep_at) retire(*sweep_at);
    }
  }

  void write(const std::vector<Unit>& group) {
    const auto start = std::chrono::steady_clock::now();
    Commit report;
    writer_.begin();
    for (const Record& record : kept_records_) writer_.record(record);
    for (const Unit& unit : group) {
      if (unit.error) database_->fail_with(*unit.error);
      report.tickets.insert(report.tickets.end(), unit.tickets.begin(), unit.tickets.end());
      for (const Work& work : unit.work) write(work);
      for (const PackedBlock& block : unit.blocks) writer_.append(block);
    }
    Error error;
    const bool written = writer_.commit(error);
    if (written) {
      kept_records_.clear();
    } else {
      spdlog::error("store: nothing written, agents will send again: {}", error.message());
      for (const Unit& unit : group) keep_records(unit.work);
      report.error = std::move(error);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    note(report, took.count());
    listener_(std::move(report));
  }

  void write(const Work& work) {
    if (const auto* declare = std::get_if<Declare>(&work)) {
      writer_.declare(declare->agent, declare->catalogue, declare->now);
    } else if (const auto* refused = std::get_if<RefusedBatch>(&work)) {
      writer_.refuse(*refused);
    } else if (const auto* record = std::get_if<Record>(&work)) {
      writer_.record(*record);
    }
  }

  void keep_records(const std::vector<Work>& group) {
    for (const Work& work : group) {
      if (const auto* record = std::get_if<Record>(&work)) kept_records_.push_back(*record);
    }
    while (kept_records_.size() > kMostRecordsKept) kept_records_.pop_front();
  }

  void note(const Commit& report, double seconds) {
    // Not at every commit: asking SQLite costs more than a small commit's own work.
    const auto now = std::chrono::steady_clock::now();
    const bool measure = now - measured_ > std::chrono::seconds(1);
    const std::uint64_t bytes = measure ? writer_.bytes() : 0;
    if (measure) measured_ = now;
    const std::lock_guard guard(mutex_);
    status_.queued_batches -= report.tickets.size();
    status_.last_commit_seconds = seconds;
    status_.failing = report.error.has_value();
    ++(report.error ? status_.failed_commits : status_.commits);
    status_.batches = writer_.batches();
    if (measure) status_.bytes = bytes;
  }

  void retire(std::int64_t now) {
    writer_.begin();
    writer_.trim(now);
    const bool more = writer_.retire(now);
    Error error;
    if (!writer_.commit(error)) {
      spdlog::error("store: retention has to wait: {}", error.message());
      return;
    }
    const std::uint64_t bytes = writer_.bytes();
    const std::lock_guard guard(mutex_);
    status_.batches = writer_.batches();
    status_.bytes = bytes;
    if (more && !sweep_at_) sweep_at_ = now;
  }

  DirectoryLock lock_;
  std::unique_ptr<sqlite::Database> database_;
  const CommitListener listener_;

  mutable std::mutex mutex_;  // guards the block below
  std::condition_variable to_pack_;
  std::condition_variable to_write_;
  std::deque<Work> queue_;
  std::size_t queued_rows_ = 0;
  bool writer_waits_ = false;  // and nothing is on its way to it
  std::vector<Unit> units_;
  bool packed_all_ = false;
  std::optional<std::int64_t> sweep_at_;
  Ticket next_ticket_ = 1;
  StoreStatus status_;
  bool stopping_ = false;

  // The writing thread's own, once it runs.
  Writer writer_;
  std::deque<Record> kept_records_;
  std::chrono::steady_clock::time_point measured_;
  Recovered recovered_;
  std::thread packing_;
  std::thread writing_;
};

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& directory,
                                                       const StoreOptions& options,
                                                       CommitListener listener) {
  auto lock = DirectoryLock::take(directory);
  if (!lock) return tl::unexpected(lock.error());
  const std::string path = database_path(directory);
  auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadWrite);
  if (!database) return tl::unexpected(database.error());
  // These two have to come before the first table, and do nothing later.
  (*database)->execute(fmt::format("PRAGMA page_size = {}", kPageBytes));
  (*database)->execute("PRAGMA auto_vacuum = INCREMENTAL");
  (*database)->execute("PRAGMA journal_mode = WAL");
  (*database)->execute(pragma_of(options.fsync));
  (*database)->execute("PRAGMA foreign_keys = ON");
  (*database)->execute(fmt::format("PRAGMA wal_autocheckpoint = {}", kCheckpointPages));
  if (auto error = (*database)->take_error()) return tl::unexpected(std::move(*error));
  if (auto ready = migrate(**database, path); !ready) return tl::unexpected(ready.error());
  auto impl =
      std::make_unique<Impl>(std::move(*lock), std::move(*database), options, std::move(listener));
  if (auto ready = impl->prepare(); !ready) return tl::unexpected(ready.error());
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(impl)));
}

Recovered SqliteStore::take_recovered() { return impl_->take_recovered(); }

void SqliteStore::declare(std::string agent, codec::Catalogue catalogue, std::int64_t now) {
  impl_->queue(Declare{std::move(agent), std::move(catalogue), now});
}
Ticket SqliteStore::append(std::shared_ptr<const JudgedBatch> batch) {
  return impl_->append(std::move(batch));
}
void SqliteStore::refuse(RefusedBatch batch) { impl_->queue(std::move(batch)); }
void SqliteStore::record(Record record) { impl_->queue(std::move(record)); }
void SqliteStore::sweep(std::int64_t now) { impl_->sweep(now); }
StoreStatus SqliteStore::status() const { return impl_->status(); }

}  // namespace caspilink::store
