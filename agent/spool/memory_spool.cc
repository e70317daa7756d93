#include "agent/spool/memory_spool.h"

namespace caspilink::spool {
Result<Position> MemorySpool::append(const codec::Batch& batch,
                                     std::span<const codec::Declaration> first_used,
                                     std::int64_t now_unix_ns) {
  if (refuse_appends) return tl::unexpected(*refuse_appends);
  auto found = boots_.find(batch.id.boot);
  const std::uint64_t last = found == boots_.end() ? 0 : found->second.last_sequence;
  if (batch.id.boot == 0 || batch.id.sequence != last + 1) {
    return fail(ErrorCode::kInvalidInput, "spool", "a batch out of sequence");
  }
  if (found == boots_.end()) {
    const Position first = position_at(boots_.size() + 1, 0);
    found = boots_.emplace(batch.id.boot, Boot{.first = first, .series = {}}).first;
  }
  Boot& boot = found->second;
  boot.last_sequence = batch.id.sequence;
  for (const auto& [number, point] : first_used) boot.series[number] = point;
  const Position position = boot.first | batch.id.sequence;
  batches_[position] = batch;
  ++stats_.batches;
  ++stats_.appended_batches;
  stats_.samples += batch.size();
  stats_.appended_samples += batch.size();
  if (!stats_.oldest_unix_ns) stats_.oldest_unix_ns = now_unix_ns;
  return position;
}

Result<std::optional<Stored>> MemorySpool::next_after(Position position) {
  const auto found = batches_.upper_bound(position);
  if (found == batches_.end()) return std::optional<Stored>();
  return Stored{found->first, found->second};
}

std::optional<Position> MemorySpool::position_of(codec::BatchId id) const {
  const auto found = boots_.find(id.boot);
  if (found == boots_.end()) return std::nullopt;
  return found->second.first | id.sequence;
}

Result<codec::Catalogue> MemorySpool::catalogue(std::uint64_t boot, std::uint32_t first,
                                                std::uint32_t last) {
  codec::Catalogue catalogue{.boot = boot, .series = {}};
  if (const auto found = boots_.find(boot); found != boots_.end()) {
    for (const auto& [number, point] : found->second.series) {
      if (number >= first && number <= last) catalogue.series.push_back({number, point});
    }
  }
  return catalogue;
}

void MemorySpool::forget(Position position) {
  const auto found = batches_.find(position);
  if (found == batches_.end()) return;
  --stats_.batches;
  stats_.samples -= found->second.size();
  batches_.erase(found);
  if (batches_.empty()) stats_.oldest_unix_ns.reset();
}

void MemorySpool::set_aside(Position position, const std::string& /*reason*/) {
  ++stats_.damaged_records;
  forget(position);
}

}  // namespace caspilink::spool
