#include "agent/uplink/position_set.h"

#include <iterator>

namespace caspilink::uplink {

std::map<spool::Position, spool::Position>::const_iterator PositionSet::run_of(
    spool::Position position) const {
  auto after = last_by_first_.upper_bound(position);
  if (after == last_by_first_.begin()) return last_by_first_.end();
  const auto run = std::prev(after);
  return position <= run->second ? run : last_by_first_.end();
}

bool PositionSet::contains(spool::Position position) const {
  return run_of(position) != last_by_first_.end();
}

spool::Position PositionSet::end_of_run(spool::Position position) const {
  const auto run = run_of(position);
  return run == last_by_first_.end() ? position : run->second;
}

void PositionSet::insert(spool::Position position) {
  if (contains(position)) return;
  spool::Position first = position;
  spool::Position last = position;
  if (const auto next = last_by_first_.find(position + 1); next != last_by_first_.end()) {
    last = next->second;
    last_by_first_.erase(next);
  }
  if (const auto before = run_of(position - 1); before != last_by_first_.end()) {
    first = before->first;
  }
  last_by_first_[first] = last;
}

}  // namespace caspilink::uplink
