#include "agent/sources/module_memory/conversions.h"

#include <utility>

#include <fmt/format.h>

namespace caspilink::module_memory {

void check_sum(ModuleReadings& readings, std::string name, const Registers& page, unsigned first,
               unsigned last) {
  const auto computed = page.sum(first, last);
  const auto stored = page.u8(last + 1);
  if (!computed || !stored) return;
  if (*computed != *stored) {
    readings.warnings.push_back(
        fmt::format("checksum {} is {:#04x} and should be {:#04x}", name, *stored, *computed));
  }
  readings.checksums.push_back({std::move(name), *stored, *computed});
}

std::optional<std::string> oui(const Registers& page, unsigned number) {
  const auto bytes = page.bytes(number, 3);
  if (!bytes) return std::nullopt;
  return fmt::format("{:02x}:{:02x}:{:02x}", (*bytes)[0], (*bytes)[1], (*bytes)[2]);
}

}  // namespace caspilink::module_memory
