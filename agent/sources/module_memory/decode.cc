#include "agent/sources/module_memory/decode.h"

#include <fmt/format.h>

#include "agent/sources/module_memory/cmis.h"
#include "agent/sources/module_memory/sff8472.h"
#include "agent/sources/module_memory/sff8636.h"

namespace caspilink::module_memory {

std::optional<Standard> standard_of(std::uint8_t identifier) {
  switch (identifier) {
    case 0x02:
    case 0x03:
      return Standard::kSff8472;
    case 0x0C:
    case 0x0D:
    case 0x11:
      return Standard::kSff8636;
    case 0x18:
    case 0x19:
    case 0x1A:
    case 0x1B:
    case 0x1E:
    case 0x1F:
      return Standard::kCmis;
    default:
      // Vendor-specific: those that are met in the field (co-packaged optics) speak CMIS.
      return identifier >= 0x80 && identifier != 0xFF ? std::optional(Standard::kCmis)
                                                      : std::nullopt;
  }
}

Result<Standard> identify(const MemoryImage& image) {
  const auto answered = [](std::optional<std::uint8_t> byte) {
    return byte && *byte != 0 && *byte != 0xFF;
  };
  auto identifier = image.lower().u8(0);
  // SFF-8636 and CMIS repeat it at the head of page 00h.
  if (const auto repeated = image.upper(0x00).u8(128); !answered(identifier) && repeated) {
    identifier = repeated;
  }
  if (!identifier) {
    return fail(ErrorCode::kUnavailable, PageAddress::lower().name(),
                "the identifier at byte 0 is not readable");
  }
  if (!answered(identifier)) {
    return fail(ErrorCode::kUnavailable, PageAddress::lower().name(),
                fmt::format("nothing answers: the identifier is {:#04x}, expected a module's",
                            *identifier));
  }
  const auto standard = standard_of(*identifier);
  if (!standard) {
    return fail(ErrorCode::kInvalidInput, PageAddress::lower().name() + " byte 0",
                fmt::format("identifier {:#04x} is no SFP, QSFP or CMIS module", *identifier));
  }
  return *standard;
}

Result<ModuleReadings> decode(const MemoryImage& image) {
  const auto standard = identify(image);
  if (!standard) return tl::unexpected(standard.error());
  switch (*standard) {
    case Standard::kSff8472:
      return decode_sff8472(image);
    case Standard::kSff8636:
      return decode_sff8636(image);
    case Standard::kCmis:
      return decode_cmis(image);
  }
  return fail(ErrorCode::kInternal, "", "unknown standard");
}

}  // namespace caspilink::module_memory
