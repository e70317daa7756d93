// The bytes that could be read from a pluggable module, and nothing else: a byte that was not
// readable is absent, never zero.
#pragma once

#include <array>
#include <bitset>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace caspilink::module_memory {

inline constexpr std::uint8_t kModuleI2c = 0x50;  // A0h on an SFP; the one address of the others
inline constexpr std::uint8_t kDiagnosticsI2c = 0x51;  // A2h of an SFP
inline constexpr unsigned kPageBytes = 128;

// One half of the 256 bytes that a module shows at an I2C address at a time. Without a page it is
// the lower half, bytes 0-127, which no page select moves; with one it is bytes 128-255.
struct PageAddress {
  std::uint8_t i2c = kModuleI2c;  // 7 bits
  std::uint8_t bank = 0;
  std::optional<std::uint8_t> page;

  // Register number of the first byte: 0 or 128.
  [[nodiscard]] unsigned base() const { return page ? kPageBytes : 0; }
  [[nodiscard]] static PageAddress lower(std::uint8_t i2c = kModuleI2c) { return {i2c, 0, {}}; }
  [[nodiscard]] static PageAddress upper(std::uint8_t page, std::uint8_t bank = 0,
                                         std::uint8_t i2c = kModuleI2c) {
    return {i2c, bank, page};
  }
  // "i2c 0x50 bank 0 page 0x11", "i2c 0x50 lower memory".
  [[nodiscard]] std::string name() const;

  friend bool operator==(const PageAddress&, const PageAddress&) = default;
  friend auto operator<=>(const PageAddress&, const PageAddress&) = default;
};

struct PageBytes {
  std::array<std::uint8_t, kPageBytes> bytes{};
  std::bitset<kPageBytes> known;
};

// A page to take registers from. Numbers are those of the specifications (0-127 or 128-255) and
// big-endian unless the name says otherwise; nothing comes back when any byte was not readable or
// lies outside the page. Valid while the image it came from is.
class Registers {
 public:
  Registers() = default;
  Registers(const PageBytes* page, unsigned base) : page_(page), base_(base) {}

  [[nodiscard]] bool any() const { return page_ != nullptr && page_->known.any(); }
  [[nodiscard]] std::optional<std::uint8_t> u8(unsigned number) const;
  [[nodiscard]] std::optional<std::uint16_t> u16(unsigned number) const;
  [[nodiscard]] std::optional<std::uint16_t> u16_little_endian(unsigned number) const;
  [[nodiscard]] std::optional<std::int16_t> s16(unsigned number) const;
  [[nodiscard]] std::optional<std::uint32_t> u32(unsigned number) const;
  [[nodiscard]] std::optional<std::int32_t> s32(unsigned number) const;
  [[nodiscard]] std::optional<std::uint64_t> u64(unsigned number) const;
  [[nodiscard]] std::optional<float> ieee754(unsigned number) const;
  [[nodiscard]] std::optional<bool> bit(unsigned number, unsigned bit) const;
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> bytes(unsigned number,
                                                               unsigned count) const;
  // Low 8 bits of the sum of registers first to last, inclusive.
  [[nodiscard]] std::optional<std::uint8_t> sum(unsigned first, unsigned last) const;
  // Printable ASCII without its padding (spaces, NUL, FFh at either end); other bytes become '?'.
  [[nodiscard]] std::optional<std::string> text(unsigned number, unsigned count) const;

 private:
  [[nodiscard]] std::optional<std::uint64_t> integer(unsigned number, unsigned count) const;

  const PageBytes* page_ = nullptr;
  unsigned base_ = 0;
};

class MemoryImage {
 public:
  // Requires first register >= address.base() and all bytes within the page; answers false and
  // changes nothing otherwise.
  [[nodiscard]] bool put(const PageAddress& address, unsigned first,
                         std::span<const std::uint8_t> bytes);
  void erase(const PageAddress& address) { pages_.erase(address); }

  [[nodiscard]] Registers at(const PageAddress& address) const;
  [[nodiscard]] Registers lower(std::uint8_t i2c = kModuleI2c) const {
    return at(PageAddress::lower(i2c));
  }
  [[nodiscard]] Registers upper(std::uint8_t page, std::uint8_t bank = 0) const {
    return at(PageAddress::upper(page, bank));
  }
  [[nodiscard]] const std::map<PageAddress, PageBytes>& pages() const { return pages_; }

 private:
  std::map<PageAddress, PageBytes> pages_;
};

}  // namespace caspilink::module_memory
