// Blocks as schema version 1 wrote them, one a batch; read only, until retention has taken them.
//
// One zstd frame with a content checksum. Its content, integers little-endian, "varint" as in
// protobuf, "signed" zigzag first:
//
//   byte    format version, 1
//   u64     boot
//   u64     sequence
//   varint  rows
//   byte    flags: 1 backlog, 2 a column of readings, 4 a column of set-aside reasons
//   rows x signed  series number, difference to the row before
//   rows x signed  time, difference to the row before (the first: to 0), unix nanoseconds
//   rows x u64     value, IEEE 754 bits
//   rows x byte    readings, where flagged
//   rows x byte    set-aside reasons, where flagged
#pragma once

#include <cstddef>
#include <span>

#include "collector/store/records.h"
#include "link_models/result.h"

namespace caspilink::store {

// Fills `batch` and `set_aside`; agent and received time are the row's. kInvalidInput for anything
// but an intact block of the expected identity.
[[nodiscard]] Result<JudgedBatch> decode_block_v1(std::span<const std::byte> block,
                                                  codec::BatchId expected);

}  // namespace caspilink::store
