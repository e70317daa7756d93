#include "agent/sources/snmp/oid.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace caspilink::snmp {
namespace {

constexpr std::size_t kMostArcs = 128;

}  // namespace

std::string Oid::text() const { return fmt::format("{}", fmt::join(arcs, ".")); }

Oid Oid::with(std::uint32_t arc) const {
  Oid longer = *this;
  longer.arcs.push_back(arc);
  return longer;
}

std::optional<Oid> Oid::below(const Oid& prefix) const {
  if (arcs.size() <= prefix.arcs.size() ||
      !std::equal(prefix.arcs.begin(), prefix.arcs.end(), arcs.begin())) {
    return std::nullopt;
  }
  return Oid{{arcs.begin() + static_cast<std::ptrdiff_t>(prefix.arcs.size()), arcs.end()}};
}

Result<Oid> parse_oid(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalidInput, "",
                fmt::format("expected an object identifier in digits, as 1.3.6.1.2.1.1.3.0, got "
                            "'{}'",
                            text.substr(0, 80)));
  };
  std::string_view rest = text;
  if (rest.starts_with('.')) rest.remove_prefix(1);
  Oid oid;
  while (true) {
    std::uint32_t arc = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), arc);
    if (error != std::errc() || oid.arcs.size() == kMostArcs) return refuse();
    oid.arcs.push_back(arc);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty()) break;
    if (rest.front() != '.') return refuse();
    rest.remove_prefix(1);
  }
  if (oid.arcs.size() < 2 || oid.arcs[0] > 2 || (oid.arcs[0] < 2 && oid.arcs[1] > 39)) {
    return refuse();
  }
  return oid;
}

}  // namespace caspilink::snmp
