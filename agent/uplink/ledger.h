// Which collector has which batch. A batch leaves the spool when all of them have it, or when the
// spool's bounds take it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/spool/spool.h"
#include "agent/uplink/position_set.h"

namespace caspilink::uplink {

class Ledger {
 public:
  Ledger(spool::Spool& spool, std::size_t collectors) : spool_(spool), delivered_(collectors) {}

  void delivered(std::size_t collector, spool::Position position) { settle(collector, position); }
  // This collector will never take it. When the others have settled too it is set aside.
  void refused(std::size_t collector, spool::Position position, const std::string& reason);

  // What a collector has settled, either way.
  [[nodiscard]] const PositionSet& settled(std::size_t collector) const {
    return delivered_[collector];
  }

 private:
  void settle(std::size_t collector, spool::Position position);

  spool::Spool& spool_;
  std::vector<PositionSet> delivered_;
  std::map<spool::Position, std::string> refusals_;
};

}  // namespace caspilink::uplink
