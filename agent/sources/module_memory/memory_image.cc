#include "agent/sources/module_memory/memory_image.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace caspilink::module_memory {

std::string PageAddress::name() const {
  return page ? fmt::format("i2c {:#04x} bank {} page {:#04x}", i2c, bank, *page)
              : fmt::format("i2c {:#04x} lower memory", i2c);
}

std::optional<std::uint64_t> Registers::integer(unsigned number, unsigned count) const {
  if (page_ == nullptr || number < base_ || number - base_ > kPageBytes - count) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (unsigned i = number - base_; i < number - base_ + count; ++i) {
    if (!page_->known[i]) return std::nullopt;
    value = value << 8 | page_->bytes[i];
  }
  return value;
}

std::optional<std::uint8_t> Registers::u8(unsigned number) const {
  const auto value = integer(number, 1);
  return value ? std::optional(static_cast<std::uint8_t>(*value)) : std::nullopt;
}

std::optional<std::uint16_t> Registers::u16(unsigned number) const {
  const auto value = integer(number, 2);
  return value ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

std::optional<std::uint16_t> Registers::u16_little_endian(unsigned number) const {
  const auto value = u16(number);
  return value ? std::optional(static_cast<std::uint16_t>(*value << 8 | *value >> 8))
               : std::nullopt;
}

std::optional<std::int16_t> Registers::s16(unsigned number) const {
  const auto value = u16(number);
  return value ? std::optional(static_cast<std::int16_t>(*value)) : std::nullopt;
}

std::optional<std::uint32_t> Registers::u32(unsigned number) const {
  const auto value = integer(number, 4);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<std::int32_t> Registers::s32(unsigned number) const {
  const auto value = u32(number);
  return value ? std::optional(static_cast<std::int32_t>(*value)) : std::nullopt;
}

std::optional<std::uint64_t> Registers::u64(unsigned number) const { return integer(number, 8); }

std::optional<float> Registers::ieee754(unsigned number) const {
  const auto value = u32(number);
  return value ? std::optional(std::bit_cast<float>(*value)) : std::nullopt;
}

std::optional<bool> Registers::bit(unsigned number, unsigned bit) const {
  const auto value = u8(number);
  return value ? std::optional((*value >> bit & 1) != 0) : std::nullopt;
}

std::optional<std::vector<std::uint8_t>> Registers::bytes(unsigned number, unsigned count) const {
  std::vector<std::uint8_t> found;
  found.reserve(count);
  for (unsigned i = number; i < number + count; ++i) {
    const auto byte = u8(i);
    if (!byte) return std::nullopt;
    found.push_back(*byte);
  }
  return found;
}

std::optional<std::uint8_t> Registers::sum(unsigned first, unsigned last) const {
  unsigned total = 0;
  for (unsigned i = first; i <= last; ++i) {
    const auto byte = u8(i);
    if (!byte) return std::nullopt;
    total += *byte;
  }
  return static_cast<std::uint8_t>(total);
}

std::optional<std::string> Registers::text(unsigned number, unsigned count) const {
  const auto raw = bytes(number, count);
  if (!raw) return std::nullopt;
  const auto is_padding = [](std::uint8_t c) { return c == ' ' || c == 0 || c == 0xFF; };
  const auto first = std::find_if_not(raw->begin(), raw->end(), is_padding);
  const auto last = std::find_if_not(raw->rbegin(), raw->rend(), is_padding).base();
  std::string text;
  for (auto it = first; it < last; ++it) {
    text += *it >= 0x20 && *it < 0x7F ? static_cast<char>(*it) : '?';
  }
  return text;
}

bool MemoryImage::put(const PageAddress& address, unsigned first,
                      std::span<const std::uint8_t> bytes) {
  if (first < address.base() || first - address.base() >= kPageBytes ||
      bytes.size() > kPageBytes - (first - address.base())) {
    return false;
  }
  PageBytes& page = pages_[address];
  unsigned i = first - address.base();
  for (const std::uint8_t byte : bytes) {
    page.bytes[i] = byte;
    page.known.set(i);
    ++i;
  }
  return true;
}

Registers MemoryImage::at(const PageAddress& address) const {
  const auto found = pages_.find(address);
  return found == pages_.end() ? Registers() : Registers(&found->second, address.base());
}

}  // namespace caspilink::module_memory
