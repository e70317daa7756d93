// Which collector has which batch. A batch leaves the spool when enough of them have it, all or a
// quorum, or when the spool's bounds take it. A collector that was not among the quorum gets what
// is in the spool still; under a quorum of one, that may be nothing.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/spool/position_set.h"
#include "agent/spool/spool.h"

namespace caspilink::uplink {

class Ledger {
 public:
  // `quorum` of the collectors suffice to forget a batch; from 1 to all of them.
  Ledger(spool::Spool& spool, std::size_t collectors, std::size_t quorum)
      : spool_(spool), quorum_(quorum), delivered_(collectors) {}

  void delivered(std::size_t collector, spool::Position position) { settle(collector, position); }
  // This collector will never take it. When enough have settled it is set aside.
  void refused(std::size_t collector, spool::Position position, const std::string& reason);

  // What a collector has settled, either way.
  [[nodiscard]] const spool::PositionSet& settled(std::size_t collector) const {
    return delivered_[collector];
  }

 private:
  void settle(std::size_t collector, spool::Position position);

  spool::Spool& spool_;
  std::size_t quorum_;
  std::vector<spool::PositionSet> delivered_;
  std::map<spool::Position, std::string> refusals_;
};

}  // namespace caspilink::uplink
