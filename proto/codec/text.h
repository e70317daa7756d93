// Text for a protobuf string field, which holds UTF-8 or makes the whole message unreadable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace caspilink::codec {

// The text, of the same length, with '?' for each byte that belongs to no character.
[[nodiscard]] std::string utf8(std::string_view text);

// At most `longest` bytes of UTF-8; what is longer is cut between characters and ends in `mark`,
// which is no longer than that itself.
[[nodiscard]] std::string cut(std::string text, std::size_t longest, std::string_view mark);

}  // namespace caspilink::codec
