#include "tests/collector/store/lossy_disk.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>

#include <sqlite3.h>

namespace caspilink::test {
namespace {

LossyDisk* disk = nullptr;
sqlite3_vfs* real = nullptr;

// SQLite hands out the memory; the real file lies behind ours.
struct LossyFile {
  sqlite3_file base;
  std::string* path;
};

sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<LossyFile*>(file) + 1);
}
const std::string& path_of(sqlite3_file* file) { return *reinterpret_cast<LossyFile*>(file)->path; }

int close_file(sqlite3_file* file) {
  sqlite3_file* real_file = below(file);
  const int code =
      real_file->pMethods == nullptr ? SQLITE_OK : real_file->pMethods->xClose(real_file);
  delete std::exchange(reinterpret_cast<LossyFile*>(file)->path, nullptr);
  return code;
}
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return below(file)->pMethods->xRead(below(file), to, size, offset);
}
int write_file_part(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  disk->wrote(path_of(file), offset, from, size);
  return below(file)->pMethods->xWrite(below(file), from, size, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  disk->truncated(path_of(file), size);
  return below(file)->pMethods->xTruncate(below(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
  const int code = below(file)->pMethods->xSync(below(file), flags);
  if (code == SQLITE_OK) disk->synced(path_of(file));
  return code;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return below(file)->pMethods->xFileSize(below(file), size);
}
int lock_file(sqlite3_file* file, int level) {
  return below(file)->pMethods->xLock(below(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return below(file)->pMethods->xUnlock(below(file), level);
}
int reserved_lock(sqlite3_file* file, int* held) {
  return below(file)->pMethods->xCheckReservedLock(below(file), held);
}
int control(sqlite3_file* file, int op, void* argument) {
  return below(file)->pMethods->xFileControl(below(file), op, argument);
}
int sector_size(sqlite3_file* file) { return below(file)->pMethods->xSectorSize(below(file)); }
int characteristics(sqlite3_file* file) {
  return below(file)->pMethods->xDeviceCharacteristics(below(file));
}
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** to) {
  return below(file)->pMethods->xShmMap(below(file), region, size, extend, to);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return below(file)->pMethods->xShmLock(below(file), offset, count, flags);
}
void shared_barrier(sqlite3_file* file) { below(file)->pMethods->xShmBarrier(below(file)); }
int unmap_shared(sqlite3_file* file, int remove) {
  return below(file)->pMethods->xShmUnmap(below(file), remove);
}

constexpr sqlite3_io_methods kMethods = {2,
                                         close_file,
                                         read_file,
                                         write_file_part,
                                         truncate_file,
                                         sync_file,
                                         file_size,
                                         lock_file,
                                         unlock_file,
                                         reserved_lock,
                                         control,
                                         sector_size,
                                         characteristics,
                                         map_shared,
                                         lock_shared,
                                         shared_barrier,
                                         unmap_shared,
                                         nullptr,
                                         nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* lossy = reinterpret_cast<LossyFile*>(file);
  lossy->base.pMethods = nullptr;
  const int code = real->xOpen(real, name, below(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  lossy->path = new std::string(name == nullptr ? "" : name);
  lossy->base.pMethods = &kMethods;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs*, const char* name, int sync) {
  disk->removed(name);
  return real->xDelete(real, name, sync);
}

sqlite3_vfs vfs;

}  // namespace

LossyDisk::LossyDisk() : below_(sqlite3_vfs_find(nullptr)) {
  disk = this;
  real = below_;
  vfs = *below_;
  vfs.zName = "lossy";
  vfs.szOsFile = static_cast<int>(sizeof(LossyFile)) + below_->szOsFile;
  vfs.pNext = nullptr;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  sqlite3_vfs_register(&vfs, 1);
}

LossyDisk::~LossyDisk() {
  sqlite3_vfs_register(below_, 1);
  sqlite3_vfs_unregister(&vfs);
}

void LossyDisk::before_each(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  before_each_ = std::move(call);
}

void LossyDisk::step() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    call = before_each_;
  }
  if (call) call();
}

void LossyDisk::wrote(const std::string& path, std::int64_t offset, const void* bytes, int size) {
  step();
  const std::lock_guard lock(mutex_);
  files_[path].pending.push_back(
      {offset, std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))});
}

void LossyDisk::truncated(const std::string& path, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  files_[path].durable.resize(static_cast<std::size_t>(size));
  std::erase_if(files_[path].pending, [&](const Write& write) { return write.offset >= size; });
}

namespace {

void apply(std::string& content, std::int64_t offset, const std::string& bytes) {
  const auto at = static_cast<std::size_t>(offset);
  if (content.size() < at + bytes.size()) content.resize(at + bytes.size());
  std::memcpy(content.data() + at, bytes.data(), bytes.size());
}

}  // namespace

void LossyDisk::synced(const std::string& path) {
  step();
  const std::lock_guard lock(mutex_);
  File& file = files_[path];
  for (const Write& write : std::exchange(file.pending, {})) {
    apply(file.durable, write.offset, write.bytes);
  }
}

void LossyDisk::removed(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(path);
}

void LossyDisk::crash_into(const std::string& folder, std::mt19937& random, double survives) {
  std::filesystem::create_directories(folder);
  std::bernoulli_distribution lucky(survives);
  const std::lock_guard lock(mutex_);
  for (const auto& [path, file] : files_) {
    std::string content = file.durable;
    for (const Write& write : file.pending) {
      if (lucky(random)) apply(content, write.offset, write.bytes);
    }
    std::ofstream out(folder / std::filesystem::path(path).filename(), std::ios::binary);
    out << content;
  }
}

}  // namespace caspilink::test
