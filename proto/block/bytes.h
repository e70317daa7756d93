// Little-endian integers and varints into and out of a buffer: for what is kept in blocks and
// beside them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace caspilink::block {

static_assert(std::endian::native == std::endian::little, "fixed-width fields are copied as bytes");

inline constexpr std::size_t kLongestVarint = 10;

// Signed numbers near 0, whichever their sign, become small unsigned ones. Differences wrap rather
// than overflow: any pair of 64-bit numbers has one, and it is undone the same way.
[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t value) {
  return (value << 1) ^ (0 - (value >> 63));
}
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t value) {
  return (value >> 1) ^ (0 - (value & 1));
}

// Writes behind a pointer; whoever gave it made room for the longest that may come.
class Writer {
 public:
  explicit Writer(std::byte* at) : at_(at) {}
  void byte(std::uint8_t value) { *at_++ = std::byte{value}; }
  void u64(std::uint64_t value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  [[nodiscard]] std::byte* at() const { return at_; }

 private:
  std::byte* at_;
};

// After a read past the end every further one gives 0, and ok() is false.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> in)
      : begin_(in.data()), at_(in.data()), end_(in.data() + in.size()) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

  std::uint8_t byte() {
    if (at_ == end_) {
      ok_ = false;
      return 0;
    }
    return static_cast<std::uint8_t>(*at_++);
  }
  std::uint64_t u64() {
    std::uint64_t value = 0;
    if (const auto bytes = take(sizeof value); !bytes.empty()) {
      std::memcpy(&value, bytes.data(), sizeof value);
    }
    return value;
  }
  std::uint64_t varint() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) {
      return static_cast<std::uint8_t>(*at_++);
    }
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      if (next < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  // Empty where there are not as many.
  std::span<const std::byte> take(std::size_t count) {
    if (left() < count) {
      ok_ = false;
      return {};
    }
    const std::span<const std::byte> taken(at_, count);
    at_ += count;
    return taken;
  }

 private:
  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

}  // namespace caspilink::block
