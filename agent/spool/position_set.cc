#include "agent/spool/position_set.h"

#include <iterator>

namespace caspilink::spool {

std::map<Position, Position>::const_iterator PositionSet::run_of(Position position) const {
  auto after = last_by_first_.upper_bound(position);
  if (after == last_by_first_.begin()) return last_by_first_.end();
  const auto run = std::prev(after);
  return position <= run->second ? run : last_by_first_.end();
}

bool PositionSet::contains(Position position) const {
  return run_of(position) != last_by_first_.end();
}

Position PositionSet::end_of_run(Position position) const {
  const auto run = run_of(position);
  return run == last_by_first_.end() ? position : run->second;
}

void PositionSet::insert(Position position) {
  if (contains(position)) return;
  Position first = position;
  Position last = position;
  if (const auto next = last_by_first_.find(position + 1); next != last_by_first_.end()) {
    last = next->second;
    last_by_first_.erase(next);
  }
  if (const auto before = run_of(position - 1); before != last_by_first_.end()) {
    first = before->first;
  }
  last_by_first_[first] = last;
}

void PositionSet::erase_through(Position position) {
  while (!last_by_first_.empty() && last_by_first_.begin()->first <= position) {
    const Position last = last_by_first_.begin()->second;
    last_by_first_.erase(last_by_first_.begin());
    if (last > position) last_by_first_.emplace(position + 1, last);
  }
}

}  // namespace caspilink::spool
