// The two generic netlink conversations of reading a module's memory, as bytes: resolving the
// "ethtool" family, and ETHTOOL_MSG_MODULE_EEPROM_GET (Linux 5.13). No socket here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/sources/module_memory/memory_image.h"

namespace caspilink::module_memory::netlink {

// An answer of the kernel to the request with a sequence number.
struct Failed {
  int error = 0;        // errno, positive; 0 acknowledges
  std::string message;  // the extended acknowledgement's text; may be empty
};
struct Family {
  std::uint16_t id = 0;
};
struct Data {
  std::vector<std::uint8_t> bytes;
};
struct Malformed {
  std::string what;
};
using Answer = std::variant<Failed, Family, Data, Malformed>;

// Requires an interface name of at most 15 bytes in eeprom_request, as the kernel has them.
[[nodiscard]] std::vector<std::uint8_t> family_request(std::uint32_t sequence);
[[nodiscard]] std::vector<std::uint8_t> eeprom_request(std::uint16_t family, std::uint32_t sequence,
                                                       std::string_view interface_name,
                                                       const PageAddress& address, unsigned first,
                                                       unsigned count);

// What one datagram says about the request; empty when it holds nothing for that sequence number.
// `family` is 0 while it is being resolved.
[[nodiscard]] std::optional<Answer> parse(std::span<const std::uint8_t> datagram,
                                          std::uint16_t family, std::uint32_t sequence);

}  // namespace caspilink::module_memory::netlink
