// Sets of spool positions, as the intervals they almost are: batches are delivered nearly in order.
#pragma once

#include <cstddef>
#include <map>

#include "agent/spool/spool.h"

namespace caspilink::uplink {

class PositionSet {
 public:
  void insert(spool::Position position);
  [[nodiscard]] bool contains(spool::Position position) const;
  // The last position of the unbroken run that `position` is in, or `position` itself.
  [[nodiscard]] spool::Position end_of_run(spool::Position position) const;
  [[nodiscard]] std::size_t runs() const { return last_by_first_.size(); }

 private:
  [[nodiscard]] std::map<spool::Position, spool::Position>::const_iterator run_of(
      spool::Position position) const;
  std::map<spool::Position, spool::Position> last_by_first_;
};

}  // namespace caspilink::uplink
