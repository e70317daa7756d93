// Memory of pluggable modules: a dump as text where the input begins with '#', else pages of 130
// bytes, each a page's number (FFh: lower memory, FEh: that of an SFP's diagnostics), a bank, and
// its registers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>

#include "agent/sources/module_memory/decode.h"
#include "agent/sources/module_memory/dump_file.h"
#include "agent/sources/module_memory/observations.h"

namespace {

using namespace caspilink;
using namespace caspilink::module_memory;

std::optional<MemoryImage> image_of(std::span<const std::uint8_t> input) {
  if (!input.empty() && input[0] == '#') {
    const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
    auto image = parse_dump(text, "fuzz.hex");
    return image ? std::optional(std::move(*image)) : std::nullopt;
  }
  MemoryImage image;
  while (input.size() > 2) {
    PageAddress address = PageAddress::upper(input[0], input[1]);
    if (input[0] == 0xFF) address = PageAddress::lower();
    if (input[0] == 0xFE) address = PageAddress::lower(kDiagnosticsI2c);
    input = input.subspan(2);
    const auto bytes = input.first(std::min<std::size_t>(input.size(), kPageBytes));
    if (!image.put(address, address.base(), bytes)) std::abort();
    input = input.subspan(bytes.size());
  }
  return image;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto image = image_of({data, size});
  if (!image) return 0;
  const auto readings = decode(*image);
  if (!readings) return 0;
  for (const ModulePlace& place :
       {ModulePlace{"m", "eth0", "FP01", 1}, ModulePlace{"m", "eth0", "", 0}}) {
    for (const codec::Observation& each : to_observations(*readings, place, 1)) {
      const codec::QuantityInfo& row = codec::info(each.point.quantity);
      if (each.reading != codec::Reading::kValue) {
        if (each.value != 0) std::abort();
      } else if (!(each.value >= row.minimum && each.value <= row.maximum)) {
        std::abort();
      }
    }
  }
  return 0;
}
