// What an agent answers a collector that asked it to read its configuration again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/result.h"

namespace caspilink::telemetry::v1 {
class Reloaded;
}

namespace caspilink::codec {

struct ReloadAnswer {
  enum class Outcome : std::uint8_t { kApplied, kUnchanged, kRefused };

  std::uint64_t request = 0;  // Configuration.reload_request that is answered
  Outcome outcome = Outcome::kRefused;
  std::string detail;                    // of a refusal: file, line, column and why
  std::vector<std::string> differences;  // that were applied: "batch.linger_ms: 10 -> 20"

  friend bool operator==(const ReloadAnswer&, const ReloadAnswer&) = default;
};

inline constexpr std::size_t kMostDifferences = 64;
inline constexpr std::size_t kLongestDifference = 512;  // bytes; of `detail`, too

// "applied", "unchanged", "refused".
[[nodiscard]] std::string_view to_string(ReloadAnswer::Outcome outcome);

// Cuts what is over the bounds, and says how many differences it left out. A file's bytes may be in
// an error's text: what is not UTF-8 goes out as '?'.
void encode(const ReloadAnswer& answer, telemetry::v1::Reloaded& wire);

// kInvalidInput for what passes the bounds or has no outcome.
[[nodiscard]] Result<ReloadAnswer> decode(const telemetry::v1::Reloaded& wire);

}  // namespace caspilink::codec
