#include "agent/sources/registry.h"

#include <array>

#include "agent/latency/configuration.h"
#include "agent/sources/gnmi/configuration.h"
#include "agent/sources/module_memory/configuration.h"
#include "agent/sources/replay/configuration.h"
#include "agent/sources/snmp/configuration.h"

namespace caspilink::sources {

std::span<const Kind> kinds() {
  static constexpr auto kKinds = std::to_array<Kind>({
      {"gnmi", gnmi::read_section},
      {"modules", module_memory::read_section},
      {"replay", replay::read_section},
      {"snmp", snmp::read_section},
      {"stamp", latency::read_section},
  });
  return kKinds;
}

}  // namespace caspilink::sources
