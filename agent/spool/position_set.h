// Sets of spool positions, as the intervals they almost are: batches are delivered nearly in order.
#pragma once

#include <cstddef>
#include <map>

#include "agent/spool/position.h"

namespace caspilink::spool {

class PositionSet {
 public:
  void insert(Position position);
  [[nodiscard]] bool contains(Position position) const;
  // The last position of the unbroken run that `position` is in, or `position` itself.
  [[nodiscard]] Position end_of_run(Position position) const;
  // Removes whole runs and parts of runs: everything up to and including `position`.
  void erase_through(Position position);
  void clear() { last_by_first_.clear(); }

  [[nodiscard]] std::size_t runs() const { return last_by_first_.size(); }
  // Runs in order, first position to last.
  [[nodiscard]] const std::map<Position, Position>& intervals() const { return last_by_first_; }

 private:
  [[nodiscard]] std::map<Position, Position>::const_iterator run_of(Position position) const;
  std::map<Position, Position> last_by_first_;
};

}  // namespace caspilink::spool
