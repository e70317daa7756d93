// A disk whose power can fail: an SQLite VFS over the real one that remembers what was written and
// not yet synced. A crash leaves what was synced and, of the rest, any part in any order.
//
// One at a time, and it is every database's of the process while it lives. Directory entries are
// taken for durable at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

struct sqlite3_vfs;

namespace caspilink::test {

class LossyDisk {
 public:
  LossyDisk();
  ~LossyDisk();
  LossyDisk(const LossyDisk&) = delete;
  LossyDisk& operator=(const LossyDisk&) = delete;

  // Called before every write and sync, on the writer's thread, until it is set to nothing.
  void before_each(std::function<void()> call);

  // Writes into `folder` what a crash now would leave of every file: all that was synced, and each
  // later write with a chance of `survives`.
  void crash_into(const std::string& folder, std::mt19937& random, double survives);

  // For the VFS.
  void wrote(const std::string& path, std::int64_t offset, const void* bytes, int size);
  void truncated(const std::string& path, std::int64_t size);
  void synced(const std::string& path);
  void removed(const std::string& path);

 private:
  struct Write {
    std::int64_t offset = 0;
    std::string bytes;
  };
  struct File {
    std::string durable;
    std::vector<Write> pending;
  };

  void step();

  sqlite3_vfs* const below_;
  std::mutex mutex_;
  std::function<void()> before_each_;
  std::map<std::string, File> files_;
};

}  // namespace caspilink::test
