// GNPy's files.
#include <cstdint>
#include <string_view>

#include "link_models/formats/gnpy/json_value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caspilink::formats::gnpy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_json(text, "fuzz.json"));
  return 0;
}
