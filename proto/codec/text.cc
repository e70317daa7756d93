#include "proto/codec/text.h"

#include <google/protobuf/stubs/common.h>

namespace caspilink::codec {

std::string utf8(std::string_view text) {
  std::string room(text.size(), '\0');
  // Where the mended text is: in `text` if there was nothing to mend.
  const char* mended = google::protobuf::internal::UTF8CoerceToStructurallyValid(
      {text.data(), text.size()}, room.data(), '?');
  return {mended, text.size()};
}

std::string cut(std::string text, std::size_t longest, std::string_view mark) {
  if (text.size() <= longest) return text;
  std::size_t end = longest - mark.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  return text.append(mark);
}

}  // namespace caspilink::codec
