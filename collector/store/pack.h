// Batches as rows of the store's `blocks` table: neighbours in one row, compressed together.
//
// Agents send small batches often, and a row, an index entry and a compressor's start for each
// would cost more than the samples. Batches of one agent and boot whose sequences follow each other
// become one block (proto/block) of all their rows, and `members` says where each ends. Per batch:
//
//   varint  rows
//   varint  zigzag of its time of receipt less the first one's, nanoseconds
//   varint  rows that were set aside
//   byte    flags: 1 backlog
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "collector/store/records.h"
#include "link_models/result.h"
#include "proto/block/block.h"

namespace caspilink::store {

// A block is closed before it would hold more rows, unless one batch alone does.
inline constexpr std::size_t kRowsPerBlock = 16'384;

using JudgedBatches = std::vector<std::shared_ptr<const JudgedBatch>>;

struct PackedBlock {
  JudgedBatches batches;            // of one agent and boot, sequences without a gap, at least one
  std::int64_t oldest_unix_ns = 0;  // of the samples, or the time of receipt where there are none
  std::int64_t newest_unix_ns = 0;
  std::uint64_t samples = 0;
  std::uint64_t set_aside = 0;
  std::vector<std::byte> members;
  std::vector<std::byte> block;
};

// A row as it was read.
struct StoredBlock {
  std::string agent;
  codec::BatchId first;
  std::uint64_t batches = 0;
  std::int64_t received_unix_ns = 0;   // of the first
  std::span<const std::byte> members;  // empty: written by schema version 1, see block_v1.h
  std::span<const std::byte> block;
};

struct Member {
  codec::BatchId id;
  std::size_t rows = 0;
  std::size_t set_aside = 0;
  std::int64_t received_unix_ns = 0;
  bool backlog = false;
};

// What a block holds, without unpacking it. kInvalidInput for anything but an intact list.
[[nodiscard]] Result<std::vector<Member>> members_of(const StoredBlock& stored);

// Keeps working memory between blocks; one thread at a time.
class Packer {
 public:
  // Blocks by agent, boot and sequence; the second of two batches with one identity is left out.
  [[nodiscard]] Result<std::vector<PackedBlock>> pack(JudgedBatches batches);

  // The batches as they were packed. kInvalidInput, saying which and where, for anything but an
  // intact block of the expected identity.
  [[nodiscard]] Result<std::vector<JudgedBatch>> unpack(const StoredBlock& stored);

 private:
  Result<void> close(PackedBlock& block);

  block::Codec codec_;
  block::Content joined_;
};

}  // namespace caspilink::store
