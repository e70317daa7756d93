#include "agent/spool/record.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include <zstd.h>

namespace caspilink::spool {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLargestContent = std::size_t{64} << 20;
constexpr std::uint8_t kRawValue = 255;
constexpr auto kPowersOfTen = std::to_array<double>(
    {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15});
constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53

static_assert(std::endian::native == std::endian::little, "fixed-width fields are copied as bytes");

class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(std::byte{value}); }
  void fixed64(std::uint64_t value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    out_.insert(out_.end(), bytes, bytes + sizeof value);
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void zigzag(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }

 private:
  std::vector<std::byte>& out_;
};

// After a read past the end every further one gives 0, and ok() is false.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> in) : in_(in) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return in_.size(); }

  std::uint8_t byte() {
    if (in_.empty()) {
      ok_ = false;
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(in_.front());
    in_ = in_.subspan(1);
    return value;
  }
  std::uint64_t fixed64() {
    std::uint64_t value = 0;
    if (in_.size() < sizeof value) {
      ok_ = false;
      return 0;
    }
    std::memcpy(&value, in_.data(), sizeof value);
    in_ = in_.subspan(sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      if (next < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }

 private:
  std::span<const std::byte> in_;
  bool ok_ = true;
};

// Differences wrap rather than overflow: any pair of 64-bit times has one, and it is undone the
// same way.
std::int64_t wrapping_difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// The fewest decimals that give the value back bit for bit, or kRawValue.
std::uint8_t decimals_of(double value) {
  for (std::size_t decimals = 0; decimals < kPowersOfTen.size(); ++decimals) {
    const double digits = std::nearbyint(value * kPowersOfTen[decimals]);
    if (!(std::abs(digits) < kLargestExactInteger)) return kRawValue;
    // By way of the integer that is stored, which has no negative zero.
    const double back =
        static_cast<double>(static_cast<std::int64_t>(digits)) / kPowersOfTen[decimals];
    if (std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value)) {
      return static_cast<std::uint8_t>(decimals);
    }
  }
  return kRawValue;
}

tl::unexpected<Error> damaged(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "spool record", std::move(detail));
}

}  // namespace

struct RecordCodec::Impl {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> compressor{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, Free> decompressor{ZSTD_createDCtx()};
  std::vector<std::byte> content;
  std::vector<std::uint8_t> decimals;
};

RecordCodec::RecordCodec() : impl_(std::make_unique<Impl>()) {
  ZSTD_CCtx_setParameter(impl_->compressor.get(), ZSTD_c_compressionLevel, 3);
  ZSTD_CCtx_setParameter(impl_->compressor.get(), ZSTD_c_checksumFlag, 1);
}

RecordCodec::~RecordCodec() = default;

std::vector<std::byte> RecordCodec::encode(const codec::Batch& batch) {
  auto& content = impl_->content;
  content.clear();
  Writer writer(content);
  writer.byte(kVersion);
  writer.fixed64(batch.id.boot);
  writer.varint(batch.id.sequence);
  writer.varint(batch.size());

  std::int64_t previous = 0;
  for (const std::uint32_t series : batch.series) {
    writer.zigzag(std::int64_t{series} - previous);
    previous = series;
  }
  previous = 0;
  for (const std::int64_t time : batch.times_unix_ns) {
    writer.zigzag(wrapping_difference(time, previous));
    previous = time;
  }
  auto& decimals = impl_->decimals;
  decimals.clear();
  for (const double value : batch.values) decimals.push_back(decimals_of(value));
  for (const std::uint8_t count : decimals) writer.byte(count);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const double value = batch.values[row];
    if (decimals[row] == kRawValue) {
      writer.fixed64(std::bit_cast<std::uint64_t>(value));
    } else {
      writer.zigzag(static_cast<std::int64_t>(std::nearbyint(value * kPowersOfTen[decimals[row]])));
    }
  }
  writer.byte(batch.readings.empty() ? 0 : 1);
  for (const codec::Reading reading : batch.readings) {
    writer.byte(static_cast<std::uint8_t>(reading));
  }

  std::vector<std::byte> record(ZSTD_compressBound(content.size()));
  const std::size_t size = ZSTD_compress2(impl_->compressor.get(), record.data(), record.size(),
                                          content.data(), content.size());
  record.resize(ZSTD_isError(size) ? 0 : size);  // cannot fail with a buffer of the bound's size
  return record;
}

Result<codec::Batch> RecordCodec::decode(std::span<const std::byte> bytes) {
  const unsigned long long content_size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (content_size == ZSTD_CONTENTSIZE_ERROR || content_size == ZSTD_CONTENTSIZE_UNKNOWN ||
      content_size > kLargestContent) {
    return damaged("no zstd frame of a sensible size");
  }
  auto& content = impl_->content;
  content.resize(content_size);
  const std::size_t size = ZSTD_decompressDCtx(impl_->decompressor.get(), content.data(),
                                               content.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size)) return damaged(ZSTD_getErrorName(size));
  if (size != content.size()) return damaged("shorter than its frame says");

  Reader reader(content);
  if (const auto version = reader.byte(); version != kVersion) {
    return damaged("version " + std::to_string(version) + ", expected 1");
  }
  codec::Batch batch;
  batch.id.boot = reader.fixed64();
  batch.id.sequence = reader.varint();
  const std::uint64_t rows = reader.varint();
  if (!reader.ok() || rows > reader.left()) return damaged("more rows than bytes");

  batch.series.reserve(rows);
  batch.times_unix_ns.reserve(rows);
  batch.values.reserve(rows);
  std::int64_t previous = 0;
  for (std::uint64_t row = 0; row < rows; ++row) {
    previous = wrapping_sum(previous, reader.zigzag());
    batch.series.push_back(static_cast<std::uint32_t>(previous));
  }
  previous = 0;
  for (std::uint64_t row = 0; row < rows; ++row) {
    previous = wrapping_sum(previous, reader.zigzag());
    batch.times_unix_ns.push_back(previous);
  }
  auto& decimals = impl_->decimals;
  decimals.clear();
  for (std::uint64_t row = 0; row < rows; ++row) decimals.push_back(reader.byte());
  for (const std::uint8_t count : decimals) {
    if (count == kRawValue) {
      batch.values.push_back(std::bit_cast<double>(reader.fixed64()));
    } else if (count < kPowersOfTen.size()) {
      batch.values.push_back(static_cast<double>(reader.zigzag()) / kPowersOfTen[count]);
    } else {
      return damaged("a value with " + std::to_string(count) + " decimals");
    }
  }
  const std::uint8_t stated = reader.byte();
  if (stated > 1) return damaged("an unknown form of readings");
  if (stated == 1) {
    batch.readings.reserve(rows);
    for (std::uint64_t row = 0; row < rows; ++row) {
      const std::uint8_t reading = reader.byte();
      if (reading > static_cast<std::uint8_t>(codec::Reading::kWithdrawn)) {
        return damaged("an unknown reading");
      }
      batch.readings.push_back(static_cast<codec::Reading>(reading));
    }
  }
  if (!reader.ok() || reader.left() != 0) return damaged("its columns do not fill it exactly");
  return batch;
}

}  // namespace caspilink::spool
