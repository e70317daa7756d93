// Big-endian integers in packets. Offsets are the caller's to check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace caspilink::latency {

template <typename Unsigned>
void put(std::span<std::byte> bytes, std::size_t offset, Unsigned value) {
  for (std::size_t index = 0; index < sizeof value; ++index) {
    bytes[offset + index] = static_cast<std::byte>(value >> (8 * (sizeof value - 1 - index)));
  }
}

template <typename Unsigned>
[[nodiscard]] Unsigned get(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t index = 0; index < sizeof(Unsigned); ++index) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[offset + index]);
  }
  return static_cast<Unsigned>(value);
}

}  // namespace caspilink::latency
