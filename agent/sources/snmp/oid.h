// Object identifiers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/result.h"

namespace caspilink::snmp {

// "1.3.6.1.2.1.1.3.0". Ordered as SNMP walks.
struct Oid {
  std::vector<std::uint32_t> arcs;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] Oid with(std::uint32_t arc) const;
  // What comes after `prefix`; nothing where this does not lie below it.
  [[nodiscard]] std::optional<Oid> below(const Oid& prefix) const;

  friend bool operator==(const Oid&, const Oid&) = default;
  friend auto operator<=>(const Oid&, const Oid&) = default;
};

// In digits, with a dot before it or not; 2 to 128 arcs (RFC 2578 clause 3.5), of which the first
// two are what BER can carry (X.690 clause 8.19). Names need MIB files, which are not read.
[[nodiscard]] Result<Oid> parse_oid(std::string_view text);

}  // namespace caspilink::snmp
