// The spool on disk: one SQLite file, WAL, synchronous=FULL.
//
// A batch is one row: its position, when it was appended, and a record (record.h) whose checksum
// covers the batch's identity too. A record that does not decode is set aside; a file that SQLite
// itself calls damaged is renamed to <file>.damaged, every readable record is taken over into a new
// one, and work goes on. The file is locked for its owner: a second agent on it fails to open.
// The file keeps its largest size; freed pages are used again.
#pragma once

#include <memory>
#include <string>

#include "agent/spool/spool.h"

namespace caspilink::spool {

class SqliteSpool final : public Spool {
 public:
  struct Options {
    std::string file;
    Bounds bounds;
    std::uint32_t max_pages = 0;  // of 4096 bytes, a hard bound on the file; 0: none
  };

  // kUnavailable: the file cannot be made or read, or another process has it.
  [[nodiscard]] static Result<std::unique_ptr<SqliteSpool>> open(Options options);
  ~SqliteSpool() override;

  Result<Position> append(const codec::Batch& batch, std::span<const codec::Declaration> first_used,
                          std::int64_t now_unix_ns) override;
  Result<std::optional<Stored>> next_after(Position position) override;
  std::optional<Position> position_of(codec::BatchId id) const override;
  Result<codec::Catalogue> catalogue(std::uint64_t boot, std::uint32_t first,
                                     std::uint32_t last) override;
  void forget(Position position) override;
  Result<void> flush() override;
  void set_aside(Position position, const std::string& reason) override;
  const Stats& stats() const override;

 private:
  struct Impl;
  explicit SqliteSpool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::spool
