// A batch as bytes on disk: columns, delta-encoded, in one zstd frame with its checksum.
//
// The frame's content, integers little-endian, "varint" as in protobuf, "signed" zigzag first:
//   u8       version, 1
//   u64      boot
//   varint   sequence
//   varint   rows
//   signed   per row: series number less the row before's (the first less 0)
//   signed   per row: time less the row before's (the first less 0), nanoseconds
//   u8       per row: decimals of the value, 0 to 15; 255: the value follows as a 64-bit float
//   signed / u64  per row: value * 10^decimals as an integer, or the float's bits
//   u8       0: every row is a value; 1: a u8 per row follows, codec::Reading
// Equipment sends decimals, so nearly every value is two bytes before compression. Decoding gives
// exactly the values that were encoded, bit for bit.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "link_models/result.h"
#include "proto/codec/observation.h"

namespace caspilink::spool {

// Keeps zstd's working memory between records. Not for use from two threads at once.
class RecordCodec {
 public:
  RecordCodec();
  ~RecordCodec();
  RecordCodec(const RecordCodec&) = delete;
  RecordCodec& operator=(const RecordCodec&) = delete;

  [[nodiscard]] std::vector<std::byte> encode(const codec::Batch& batch);

  // Refuses anything that is not exactly one intact record; never reads past `bytes`, and never
  // asks for more memory than a record of 64 MiB may need.
  [[nodiscard]] Result<codec::Batch> decode(std::span<const std::byte> bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::spool
