// How views word what the collector says: "-" is what is not known.
#pragma once

#include <cstdint>
#include <string>

#include "collector/ctl/table.h"
#include "proto/query.pb.h"

namespace caspilink::ctl {

namespace wire = ::caspilink::query::v1;

inline constexpr const char* kNothing = "-";

[[nodiscard]] Cell verdict(wire::Verdict verdict);
[[nodiscard]] std::string severity_text(wire::Severity severity);
[[nodiscard]] Colour colour_of(wire::Severity severity);
[[nodiscard]] std::string text(const std::string& value);
[[nodiscard]] std::string number(std::uint64_t value);  // 0 is not known
[[nodiscard]] std::string figure(bool known, double value, int digits = 2);
[[nodiscard]] std::string difference(bool known, double value);  // with its sign
[[nodiscard]] std::string milliseconds(bool known, double seconds);
[[nodiscard]] std::string day_text(std::int64_t unix_ns);  // "2026-11-26"
// "12 s ago", "5 min ago", then the time itself.
[[nodiscard]] std::string age(bool known, std::int64_t then_ns, std::int64_t now_ns);

}  // namespace caspilink::ctl
