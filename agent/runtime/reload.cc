#include "agent/runtime/reload.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace caspilink::runtime {
namespace {

constexpr auto kOnlyAtStart = std::to_array<std::string_view>({"station", "state_dir", "http"});

bool is_within(std::string_view key, std::string_view section) {
  if (!key.starts_with(section)) return false;
  return key.size() == section.size() || key[section.size()] == '.' || key[section.size()] == '[';
}

std::string or_none(const std::string& text) { return text.empty() ? "(left out)" : text; }

}  // namespace

std::vector<Difference> differences(const Settings& before, const Settings& after) {
  std::vector<Difference> found;
  for (const auto& [key, setting] : before) {
    const auto now = after.find(key);
    if (now == after.end()) {
      found.push_back({key, setting.text, "", ""});
    } else if (now->second.text != setting.text) {
      found.push_back({key, setting.text, now->second.text, now->second.where});
    }
  }
  for (const auto& [key, setting] : after) {
    if (!before.contains(key)) found.push_back({key, "", setting.text, setting.where});
  }
  std::ranges::sort(found, {}, &Difference::key);
  return found;
}

bool touches(const std::vector<Difference>& differences, std::string_view section) {
  return std::ranges::any_of(differences,
                             [&](const Difference& each) { return is_within(each.key, section); });
}

Result<void> check_without_restart(const std::vector<Difference>& differences) {
  for (const Difference& each : differences) {
    for (const std::string_view section : kOnlyAtStart) {
      if (!is_within(each.key, section)) continue;
      return fail(ErrorCode::kInvalidInput, each.where,
                  fmt::format("{}; it cannot change while the agent runs: restart it, or put it "
                              "back",
                              to_string(each)));
    }
  }
  return {};
}

std::string to_string(const Difference& difference) {
  return fmt::format("{}: {} -> {}", difference.key, or_none(difference.before),
                     or_none(difference.after));
}

}  // namespace caspilink::runtime
