#include "agent/spool/memory_queue.h"

namespace caspilink::spool {

void MemoryQueue::put(const Row& row) {
  entries_.emplace_hint(entries_.end(), row.position,
                        Entry{.appended_unix_ns = row.appended_unix_ns,
                              .samples = row.samples,
                              .block = {row.block.begin(), row.block.end()}});
  samples_ += row.samples;
  bytes_ += cost(row.block.size());
}

std::optional<Row> MemoryQueue::next_after(Position position) const {
  const auto found = entries_.upper_bound(position);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  return Row{found->first, entry.appended_unix_ns, entry.samples, entry.block};
}

std::optional<Row> MemoryQueue::remove(Position position) {
  const auto found = entries_.find(position);
  if (found == entries_.end()) return std::nullopt;
  const Row row{position, found->second.appended_unix_ns, found->second.samples, {}};
  samples_ -= row.samples;
  bytes_ -= cost(found->second.block.size());
  entries_.erase(found);
  return row;
}

}  // namespace caspilink::spool
