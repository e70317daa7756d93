// An http or https address, taken apart.
#pragma once

#include <string>
#include <string_view>

#include "link_models/result.h"

namespace caspilink::remote_write {

struct Url {
  std::string origin;  // "https://host:port"
  std::string path;    // "/api/v1/write"
  bool tls = false;

  friend bool operator==(const Url&, const Url&) = default;
};

// kInvalidInput for anything but http(s)://host[:port][/path]; credentials have no place in it.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace caspilink::remote_write
