// The page itself: one HTML document with its style and its script inside, joined at build time
// from document.html, style.css and the scripts beside it.
#pragma once

#include <string>
#include <string_view>

namespace caspilink::page {

// As built. Defined in a generated file.
extern const std::string_view kHtml;

struct Document {
  std::string html;
  // Nothing from elsewhere, no script and no style but those of the document, by their digests;
  // connections to where it came from alone; never in somebody's frame.
  std::string content_security_policy;
};

// Made once.
[[nodiscard]] const Document& document();

}  // namespace caspilink::page
