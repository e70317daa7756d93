#include "collector/store/block_v1.h"

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <zstd.h>

#include "proto/block/bytes.h"

namespace caspilink::store {
namespace {

constexpr unsigned kVersion = 1;
constexpr unsigned char kBacklog = 1;
constexpr unsigned char kReadings = 2;
constexpr unsigned char kSetAside = 4;
// Far above any batch the limits let in; a frame that claims more is corrupt.
constexpr std::size_t kLargestContent = std::size_t{256} << 20;

tl::unexpected<Error> corrupt(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "", std::move(detail));
}

}  // namespace

Result<JudgedBatch> decode_block_v1(std::span<const std::byte> block, codec::BatchId expected) {
  const unsigned long long claimed = ZSTD_getFrameContentSize(block.data(), block.size());
  if (claimed > kLargestContent) return corrupt("not a frame of known, sensible size");
  std::vector<std::byte> content(static_cast<std::size_t>(claimed));
  const std::size_t size =
      ZSTD_decompress(content.data(), content.size(), block.data(), block.size());
  if (ZSTD_isError(size) != 0) return corrupt(ZSTD_getErrorName(size));
  block::Reader in({content.data(), size});

  if (const unsigned version = in.byte(); version != kVersion) {
    return corrupt(fmt::format("format version {}, expected {}", version, kVersion));
  }
  JudgedBatch judged;
  codec::Batch& batch = judged.batch;
  batch.id.boot = in.u64();
  batch.id.sequence = in.u64();
  if (batch.id != expected) {
    return corrupt(fmt::format("holds batch {:x}/{}", batch.id.boot, batch.id.sequence));
  }
  const std::uint64_t rows = in.varint();
  const unsigned char flags = in.byte();
  // Every row takes at least ten bytes: the claim is checked before memory is given for it.
  if (!in.ok() || rows > in.left() / 10) {
    return corrupt(fmt::format("{} rows in {} bytes", rows, in.left()));
  }
  const auto count = static_cast<std::size_t>(rows);
  batch.backlog = (flags & kBacklog) != 0;
  batch.series.resize(count);
  batch.times_unix_ns.resize(count);
  batch.values.resize(count);
  std::uint64_t before = 0;
  for (std::uint32_t& number : batch.series) {
    before += block::unzigzag(in.varint());
    number = static_cast<std::uint32_t>(before);
  }
  before = 0;
  for (std::int64_t& time : batch.times_unix_ns) {
    before += block::unzigzag(in.varint());
    time = static_cast<std::int64_t>(before);
  }
  for (double& value : batch.values) value = std::bit_cast<double>(in.u64());
  if ((flags & kReadings) != 0) {
    for (std::size_t row = 0; row < count && in.ok(); ++row) {
      const unsigned char reading = in.byte();
      if (reading > static_cast<unsigned char>(codec::Reading::kWithdrawn)) {
        return corrupt(fmt::format("reading {} at byte {}", reading, in.offset() - 1));
      }
      batch.readings.push_back(static_cast<codec::Reading>(reading));
    }
  }
  if ((flags & kSetAside) != 0) {
    for (std::size_t row = 0; row < count && in.ok(); ++row) {
      judged.set_aside.push_back(static_cast<SetAside>(in.byte()));
    }
  }
  if (!in.ok() || in.left() != 0) {
    return corrupt(fmt::format("ends at byte {} with {} left over", in.offset(), in.left()));
  }
  return judged;
}

}  // namespace caspilink::store
