#include "collector/store/interval_set.h"

#include <algorithm>
#include <iterator>

namespace caspilink::store {

bool IntervalSet::insert(std::uint64_t first, std::uint64_t last) {
  auto next = last_of_.upper_bound(first);
  if (next != last_of_.begin()) {
    const auto before = std::prev(next);
    if (before->second >= last) return false;
    // first > 0 here: an interval begins at or before it, and this one does not hold all of it.
    if (before->second >= first || before->second == first - 1) {
      first = before->first;
      next = last_of_.erase(before);
    }
  }
  while (next != last_of_.end() && (next->first <= last || next->first - 1 == last)) {
    last = std::max(last, next->second);
    next = last_of_.erase(next);
  }
  last_of_.emplace_hint(next, first, last);
  return true;
}

void IntervalSet::erase(std::uint64_t first, std::uint64_t last) {
  auto next = last_of_.upper_bound(first);
  if (next != last_of_.begin() && std::prev(next)->second >= first) --next;
  while (next != last_of_.end() && next->first <= last) {
    const auto [begin, end] = *next;
    next = last_of_.erase(next);
    if (begin < first) last_of_.emplace_hint(next, begin, first - 1);
    if (end > last) last_of_.emplace_hint(next, last + 1, end);
  }
}

bool IntervalSet::overlaps(std::uint64_t first, std::uint64_t last) const {
  const auto next = last_of_.upper_bound(last);
  return next != last_of_.begin() && std::prev(next)->second >= first;
}

bool IntervalSet::contains(std::uint64_t number) const {
  const auto next = last_of_.upper_bound(number);
  return next != last_of_.begin() && std::prev(next)->second >= number;
}

}  // namespace caspilink::store
