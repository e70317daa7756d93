// Who sent a datagram, and the networks it may come from.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/result.h"

namespace caspilink::latency {

// An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d.
using AddressBytes = std::array<std::uint8_t, 16>;

struct Peer {
  AddressBytes address{};
  std::uint16_t port = 0;

  friend auto operator<=>(const Peer&, const Peer&) = default;
};

class Network {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or an address alone. kInvalidInput for the rest, and where
  // bits behind the prefix are set.
  [[nodiscard]] static Result<Network> parse(std::string_view text);

  [[nodiscard]] bool contains(const AddressBytes& address) const;

  friend bool operator==(const Network&, const Network&) = default;

 private:
  AddressBytes address_{};
  std::size_t prefix_ = 128;  // bits
};

// Nothing listed allows everyone.
[[nodiscard]] bool allowed(const std::vector<Network>& networks, const AddressBytes& address);

}  // namespace caspilink::latency
