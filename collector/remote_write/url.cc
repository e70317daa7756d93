#include "collector/remote_write/url.h"

#include <fmt/format.h>

namespace caspilink::remote_write {

Result<Url> parse_url(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalidInput, "", fmt::format("{}: {}", text, why));
  };
  std::string_view rest = text;
  Url url;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return fail(ErrorCode::kInvalidInput, "", "expected http:// or https:// at its beginning");
  }
  const std::string_view host = rest.substr(0, rest.find('/'));
  if (host.find('@') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidInput, "",
                "credentials belong into basic_auth, not the address");
  }
  if (host.empty()) return refuse("names no host");
  if (text.find_first_of(" \t\r\n#") != std::string_view::npos) return refuse("holds a space or #");
  url.origin = std::string(text.substr(0, text.size() - rest.size() + host.size()));
  url.path = host.size() == rest.size() ? "/" : std::string(rest.substr(host.size()));
  return url;
}

}  // namespace caspilink::remote_write
