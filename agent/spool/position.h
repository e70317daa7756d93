// Where a batch stands in the queue: its boot's ordinal above its sequence. Ordered by age, and
// found again without an index.
#pragma once

#include <cstdint>

namespace caspilink::spool {

// Grows in the order of appending, boots included. 0 stands before every batch.
using Position = std::uint64_t;

inline constexpr unsigned kSequenceBits = 40;
inline constexpr std::uint64_t kMostSequences = (std::uint64_t{1} << kSequenceBits) - 1;

[[nodiscard]] constexpr Position position_at(std::uint64_t ordinal, std::uint64_t sequence) {
  return ordinal << kSequenceBits | sequence;
}
[[nodiscard]] constexpr std::uint64_t ordinal_of(Position position) {
  return position >> kSequenceBits;
}
[[nodiscard]] constexpr std::uint64_t sequence_of(Position position) {
  return position & kMostSequences;
}

}  // namespace caspilink::spool
