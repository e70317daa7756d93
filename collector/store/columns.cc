#include "collector/store/columns.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <zstd.h>

namespace caspilink::store {
namespace {

constexpr unsigned kVersion = 1;
constexpr unsigned char kBacklog = 1;
constexpr unsigned char kReadings = 2;
constexpr unsigned char kSetAside = 4;
constexpr int kCompressionLevel = 1;
// Far above any batch the limits let in; a frame that claims more is corrupt.
constexpr std::size_t kLargestContent = std::size_t{256} << 20;

static_assert(std::endian::native == std::endian::little, "blocks are written little-endian");

void put_u64(std::string& out, std::uint64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Differences are taken modulo 2^64, so any pair of times has one.
void put_difference(std::string& out, std::uint64_t value, std::uint64_t before) {
  const auto difference = static_cast<std::int64_t>(value - before);
  put_varint(out, (static_cast<std::uint64_t>(difference) << 1) ^
                      static_cast<std::uint64_t>(difference >> 63));
}

// Reads the content; after a failure every answer is 0 and `failed` stays set.
class Reader {
 public:
  explicit Reader(std::string_view content) : content_(content) {}

  unsigned char byte() {
    if (offset_ >= content_.size()) return failed_ = true, '\0';
    return static_cast<unsigned char>(content_[offset_++]);
  }
  std::uint64_t u64() {
    std::uint64_t value = 0;
    if (content_.size() - offset_ < sizeof value) return failed_ = true, 0;
    std::memcpy(&value, content_.data() + offset_, sizeof value);
    offset_ += sizeof value;
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const unsigned char next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
      if ((next & 0x80U) == 0) return value;
    }
    failed_ = true;
    return 0;
  }
  std::uint64_t difference(std::uint64_t before) {
    const std::uint64_t zigzag = varint();
    return before + ((zigzag >> 1) ^ (0 - (zigzag & 1)));
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t left() const { return content_.size() - offset_; }

 private:
  std::string_view content_;
  std::size_t offset_ = 0;
  bool failed_ = false;
};

tl::unexpected<Error> corrupt(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "", "corrupt block: " + std::move(detail));
}

}  // namespace

struct ColumnCodec::Zstd {
  ZSTD_CCtx* compressor = ZSTD_createCCtx();
  ZSTD_DCtx* decompressor = ZSTD_createDCtx();
  Zstd() {
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, kCompressionLevel);
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_checksumFlag, 1);
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() {
    ZSTD_freeCCtx(compressor);
    ZSTD_freeDCtx(decompressor);
  }
};

ColumnCodec::ColumnCodec() : zstd_(std::make_unique<Zstd>()) {}
ColumnCodec::~ColumnCodec() = default;

Result<std::string_view> ColumnCodec::encode(const JudgedBatch& judged) {
  const codec::Batch& batch = judged.batch;
  content_.clear();
  content_.push_back(static_cast<char>(kVersion));
  put_u64(content_, batch.id.boot);
  put_u64(content_, batch.id.sequence);
  put_varint(content_, batch.size());
  content_.push_back(static_cast<char>((batch.backlog ? kBacklog : 0) |
                                       (batch.readings.empty() ? 0 : kReadings) |
                                       (judged.set_aside.empty() ? 0 : kSetAside)));
  std::uint64_t before = 0;
  for (const std::uint32_t number : batch.series) {
    put_difference(content_, number, std::exchange(before, number));
  }
  before = 0;
  for (const std::int64_t time : batch.times_unix_ns) {
    const auto bits = static_cast<std::uint64_t>(time);
    put_difference(content_, bits, std::exchange(before, bits));
  }
  content_.append(reinterpret_cast<const char*>(batch.values.data()),
                  batch.values.size() * sizeof(double));
  for (const codec::Reading reading : batch.readings) {
    content_.push_back(static_cast<char>(reading));
  }
  for (const SetAside reason : judged.set_aside) content_.push_back(static_cast<char>(reason));

  block_.resize(ZSTD_compressBound(content_.size()));
  const std::size_t size = ZSTD_compress2(zstd_->compressor, block_.data(), block_.size(),
                                          content_.data(), content_.size());
  if (ZSTD_isError(size) != 0) {
    return fail(ErrorCode::kInternal, "", fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  }
  return std::string_view(block_.data(), size);
}

Result<JudgedBatch> ColumnCodec::decode(std::string_view block, codec::BatchId expected) {
  const unsigned long long content = ZSTD_getFrameContentSize(block.data(), block.size());
  if (content > kLargestContent) return corrupt("not a frame of known, sensible size");
  content_.resize(static_cast<std::size_t>(content));
  const std::size_t size = ZSTD_decompressDCtx(zstd_->decompressor, content_.data(),
                                               content_.size(), block.data(), block.size());
  if (ZSTD_isError(size) != 0) return corrupt(ZSTD_getErrorName(size));
  Reader in(std::string_view(content_.data(), size));

  if (const unsigned version = in.byte(); version != kVersion) {
    return corrupt(fmt::format("format version {}, expected {}", version, kVersion));
  }
  JudgedBatch judged;
  codec::Batch& batch = judged.batch;
  batch.id.boot = in.u64();
  batch.id.sequence = in.u64();
  if (batch.id != expected) {
    return corrupt(fmt::format("holds batch {:x}/{}, expected {:x}/{}", batch.id.boot,
                               batch.id.sequence, expected.boot, expected.sequence));
  }
  const std::uint64_t rows = in.varint();
  const unsigned char flags = in.byte();
  // Every row takes at least ten bytes: the claim is checked before memory is given for it.
  if (in.failed() || rows > in.left() / 10) {
    return corrupt(fmt::format("{} rows in {} bytes", rows, in.left()));
  }
  const auto count = static_cast<std::size_t>(rows);
  batch.backlog = (flags & kBacklog) != 0;
  batch.series.reserve(count);
  batch.times_unix_ns.reserve(count);
  batch.values.reserve(count);
  std::uint64_t before = 0;
  for (std::size_t row = 0; row < count; ++row) {
    before = in.difference(before);
    batch.series.push_back(static_cast<std::uint32_t>(before));
  }
  before = 0;
  for (std::size_t row = 0; row < count; ++row) {
    before = in.difference(before);
    batch.times_unix_ns.push_back(static_cast<std::int64_t>(before));
  }
  for (std::size_t row = 0; row < count; ++row) {
    batch.values.push_back(std::bit_cast<double>(in.u64()));
  }
  if ((flags & kReadings) != 0) {
    for (std::size_t row = 0; row < count && !in.failed(); ++row) {
      const unsigned char reading = in.byte();
      if (reading > static_cast<unsigned char>(codec::Reading::kWithdrawn)) {
        return corrupt(fmt::format("reading {} at byte {}", reading, in.offset() - 1));
      }
      batch.readings.push_back(static_cast<codec::Reading>(reading));
    }
  }
  if ((flags & kSetAside) != 0) {
    for (std::size_t row = 0; row < count && !in.failed(); ++row) {
      judged.set_aside.push_back(static_cast<SetAside>(in.byte()));
    }
  }
  if (in.failed() || in.left() != 0) {
    return corrupt(fmt::format("ends at byte {} with {} left over", in.offset(), in.left()));
  }
  return judged;
}

}  // namespace caspilink::store
