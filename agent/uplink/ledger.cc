#include "agent/uplink/ledger.h"

#include <algorithm>

namespace caspilink::uplink {

void Ledger::refused(std::size_t collector, spool::Position position, const std::string& reason) {
  refusals_.emplace(position, reason);
  settle(collector, position);
}

void Ledger::settle(std::size_t collector, spool::Position position) {
  delivered_[collector].insert(position);
  const auto settled = std::ranges::count_if(
      delivered_, [&](const spool::PositionSet& set) { return set.contains(position); });
  if (static_cast<std::size_t>(settled) < quorum_) return;
  if (const auto refusal = refusals_.find(position); refusal != refusals_.end()) {
    spool_.set_aside(position, refusal->second);
    refusals_.erase(refusal);
  } else {
    spool_.forget(position);
  }
}

}  // namespace caspilink::uplink
