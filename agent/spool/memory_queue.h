// Batches that wait in memory while the disk refuses them, as blocks, bounded in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "agent/spool/position.h"
#include "agent/spool/tables.h"

namespace caspilink::spool {

class MemoryQueue {
 public:
  // Position is above every one that was put before.
  void put(const Row& row);
  // Views last until the batch is removed.
  [[nodiscard]] std::optional<Row> next_after(Position position) const;
  [[nodiscard]] std::optional<Row> oldest() const { return next_after(0); }
  // The batch that was taken out; its block is gone.
  std::optional<Row> remove(Position position);

  [[nodiscard]] std::size_t batches() const { return entries_.size(); }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] static std::uint64_t cost(std::size_t block_bytes) { return block_bytes + 128; }

 private:
  struct Entry {
    std::int64_t appended_unix_ns = 0;
    std::uint64_t samples = 0;
    std::vector<std::byte> block;
  };
  std::map<Position, Entry> entries_;
  std::uint64_t samples_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace caspilink::spool
