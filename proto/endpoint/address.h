// "host:port" as written in configuration files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "link_models/result.h"

namespace caspilink::endpoint {

struct Address {
  std::string host;        // a name, an IPv4 literal, or an IPv6 literal without brackets
  std::uint16_t port = 0;  // 0 where a server may choose

  // As a URI authority: IPv6 literals get their brackets back.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Address&, const Address&) = default;
};

// Takes "127.0.0.1:9400", "localhost:9400" and "[::1]:9400".
[[nodiscard]] Result<Address> parse_address(std::string_view text);

}  // namespace caspilink::endpoint
