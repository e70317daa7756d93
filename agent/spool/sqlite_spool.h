// The spool on disk: one SQLite file, WAL, synchronous=NORMAL, a block (proto/block) a batch.
//
// A block that does not decode, or holds another batch than its place says, is set aside. A damaged
// file mends itself (spool_file.h). The file is locked for its owner: a second agent on it fails to
// open. It keeps its largest size; freed pages are used again.
//
// A disk that is full, read-only or failing does not stop the agent: batches wait in memory within
// Bounds::max_memory_bytes, are sent and forgotten from there, and move to the disk when it takes
// them again. So at the start, too: without the file, batches of earlier boots come back with it.
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

  // kUnavailable: its folder is not there. kDenied: another process has it. kNotFound: it is of
  // another version and is left alone.
  [[nodiscard]] static Result<std::unique_ptr<SqliteSpool>> open(Options options);
  ~SqliteSpool() override;

  // stats().trouble, at less cost.
  [[nodiscard]] const std::optional<Error>& trouble() const;
  // From the next append on.
  void bound(const Bounds& bounds);

  Result<Position> append(const codec::Batch& batch, std::span<const codec::Declaration> first_used,
                          std::int64_t now_unix_ns) override;
  Result<void> sync() override;
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
