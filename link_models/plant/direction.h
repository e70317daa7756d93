// The two directions of a fibre pair. Every plant has two ends, a and b; positions are measured
// from a.
#pragma once

#include <string_view>

#include "link_models/result.h"

namespace caspilink::plant {

enum class Direction { kAToB, kBToA };

// "a-b" or "b-a": the form of files, command lines and metric labels.
[[nodiscard]] constexpr std::string_view to_string(Direction direction) {
  return direction == Direction::kAToB ? "a-b" : "b-a";
}

[[nodiscard]] constexpr Direction opposite(Direction direction) {
  return direction == Direction::kAToB ? Direction::kBToA : Direction::kAToB;
}

// kInvalidInput for anything but "a-b" and "b-a".
[[nodiscard]] Result<Direction> direction_from_string(std::string_view text);

}  // namespace caspilink::plant
