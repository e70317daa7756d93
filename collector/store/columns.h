// A batch as one compressed block: what a row of the store's `batches` table holds.
//
// The block is one zstd frame with a content checksum. Its content, integers little-endian or
// LEB128 ("varint", signed ones zigzag):
//
//   byte    format version, 1
//   u64     boot
//   u64     sequence
//   varint  rows
//   byte    flags: 1 backlog, 2 a column of readings, 4 a column of set-aside reasons
//   rows x varint  series number, difference to the row before
//   rows x varint  time, difference to the row before (the first: to 0), unix nanoseconds
//   rows x 8 byte  value, IEEE 754 bits
//   rows x byte    readings, where flagged
//   rows x byte    set-aside reasons, where flagged
//
// Identity is inside, so that a block under the wrong row is noticed as corruption.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "collector/store/records.h"
#include "link_models/result.h"

namespace caspilink::store {

// Keeps compressor state between batches; one thread at a time.
class ColumnCodec {
 public:
  ColumnCodec();
  ~ColumnCodec();
  ColumnCodec(const ColumnCodec&) = delete;
  ColumnCodec& operator=(const ColumnCodec&) = delete;

  // The view holds until the next call.
  [[nodiscard]] Result<std::string_view> encode(const JudgedBatch& batch);

  // Fills `batch` and `set_aside`; agent and received time are the row's. kInvalidInput, with the
  // offset, for anything but an intact block of the expected identity.
  [[nodiscard]] Result<JudgedBatch> decode(std::string_view block, codec::BatchId expected);

 private:
  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
  std::string content_;
  std::string block_;
};

}  // namespace caspilink::store
