// A batch as one compressed, checksummed block of bytes: a record of the agent's spool, a row of
// the collector's store.
//
// A block is a version byte and one zstd frame with a content checksum. The frame's content,
// integers little-endian, "varint" as in protobuf, "signed" zigzag first:
//
//   u64     boot
//   varint  sequence
//   varint  rows
//   u8      flags: 1 backlog, 2 a column of readings, 4 a column of marks;
//           bits 4 and 5: the unit of times, 10^(3 n) nanoseconds
//   signed  per row: series number less the row before's plus one (the first less 1), modulo 2^32
//   signed  per row: time less the row before's (the first less 0), in units, modulo 2^64
//   u8      per row: the value's form, 9 * decimals + n; decimals 23: the bits of a 64-bit float
//   8 planes: the n low bytes of the values' integers, lowest plane first, each with the rows in
//           order whose n reaches it
//   u8      per row: codec::Reading, where flagged
//   u8      per row: the mark, where flagged
//
// A value's integer is zigzag(value * 10^decimals), less that of the series' earlier row in this
// block where that row has the same decimals (and is still remembered: of series numbers equal
// modulo 4096 the last one is). Equipment sends decimals, so most values take one or two bytes
// before compression, and planes of alike bytes compress well: about 1.5 bytes a sample, measured
// in tests/bench/agent. Decoding gives exactly the values that were encoded, bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "link_models/result.h"
#include "proto/codec/observation.h"

namespace caspilink::block {

// More rows than this are never encoded nor decoded.
inline constexpr std::size_t kMostRows = std::size_t{1} << 20;

struct Content {
  codec::Batch batch;
  std::vector<std::uint8_t> marks;  // the caller's, one a row, or empty

  friend bool operator==(const Content&, const Content&) = default;
};

// Keeps working memory between blocks. One thread at a time.
class Codec {
 public:
  // zstd's level; 1 costs least, 3 saves a few per cent more.
  explicit Codec(int compression_level = 1);
  ~Codec();
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  // The block, until the next call. `marks` are one a row, or none. kInvalidInput: columns of
  // unequal length or more than kMostRows rows.
  [[nodiscard]] Result<std::span<const std::byte>> encode(const codec::Batch& batch,
                                                          std::span<const std::uint8_t> marks = {});

  // Takes nothing but exactly one intact block; kInvalidInput says what is wrong with another one
  // and leaves `content` in no particular state. Asks for at most 32 MiB to unpack it and for 23
  // bytes a row that was really there, whatever the block claims. Reuses the memory of `content`.
  [[nodiscard]] Result<void> decode(std::span<const std::byte> block, Content& content);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::block
