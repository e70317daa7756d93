#include "link_models/plant/spectrum.h"

#include <fmt/format.h>

namespace caspilink::plant {

Result<ModulationFormat> modulation_format_from_string(std::string_view text) {
  for (const ModulationFormat format : {ModulationFormat::kDpQpsk, ModulationFormat::kDp16Qam}) {
    if (text == to_string(format)) return format;
  }
  return fail(ErrorCode::kInvalidInput, "",
              fmt::format("expected format dp-qpsk or dp-16qam, got '{}'", text));
}

}  // namespace caspilink::plant
