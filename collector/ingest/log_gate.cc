#include "collector/ingest/log_gate.h"

#include <utility>

#include <fmt/format.h>

namespace caspilink::ingest {
namespace {

constexpr std::int64_t kInterval_ns = 10'000'000'000;

}  // namespace

std::optional<std::uint64_t> LogGate::admit(std::string_view kind, std::int64_t now_unix_ns) {
  const std::lock_guard lock(mutex_);
  const auto known = kinds_.find(kind);
  if (known == kinds_.end()) {
    kinds_.emplace(kind, Kind{.admitted_unix_ns = now_unix_ns});
    return 0;
  }
  Kind& line = known->second;
  const std::int64_t since = now_unix_ns - line.admitted_unix_ns;
  if (since >= 0 && since < kInterval_ns) {  // a clock that was set back holds nothing back
    ++line.held_back;
    return std::nullopt;
  }
  line.admitted_unix_ns = now_unix_ns;
  return std::exchange(line.held_back, 0);
}

std::string LogGate::suffix(std::uint64_t held_back) {
  return held_back == 0 ? "" : fmt::format(" (and {} like it)", held_back);
}

}  // namespace caspilink::ingest
