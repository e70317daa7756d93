#include "collector/page/document.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace caspilink::page {
namespace {

// "sha256-..." of what stands between the first <tag> and its end, as browsers compare it.
std::string digest_of(std::string_view html, std::string_view tag) {
  const std::string begin = fmt::format("<{}>", tag);
  const std::size_t from = html.find(begin) + begin.size();
  const std::string_view text = html.substr(from, html.find(fmt::format("</{}>", tag)) - from);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return "sha256-" + std::string(reinterpret_cast<const char*>(base64.data()),
                                 static_cast<std::size_t>(length));
}

}  // namespace

const Document& document() {
  static const Document made{
      .html = std::string(kHtml),
      .content_security_policy = fmt::format(
          "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src data:; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          digest_of(kHtml, "script"), digest_of(kHtml, "style"))};
  return made;
}

}  // namespace caspilink::page
