#include "agent/latency/path_ledger.h"

#include <algorithm>

namespace caspilink::latency {
namespace {

constexpr std::size_t kMostMissing = 4096;

// a - b of numbers that wrap.
std::int32_t ahead(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

}  // namespace

void PathLedger::answered(std::uint32_t sequence, std::uint32_t reflected, std::uint64_t sent,
                          bool again, std::int64_t steady_ns) {
  if (peer_ == PeerReflector::kUnknown && reflected != sequence) peer_ = PeerReflector::kStateful;
  forget_old(steady_ns);

  const bool overtaken = newest_sequence_ && ahead(sequence, *newest_sequence_) < 0;
  const std::int32_t gap = ahead(reflected, next_reflected_);
  if (overtaken && !again) {
    ++counts_.reordered;
    if (tells_directions()) ++(gap < 0 ? counts_.reordered_inbound : counts_.reordered_outbound);
  }
  if (!newest_sequence_ || ahead(sequence, *newest_sequence_) > 0) newest_sequence_ = sequence;

  if (gap < 0) {
    // Late, or a copy; or the reflector forgot us and counts anew.
    if (missing_.erase(reflected) == 0 && !again) restart(reflected);
    return;
  }
  // Nobody answers more probes than were sent: such a counter counts for others too, or began
  // before we did.
  if (static_cast<std::uint64_t>(gap) > std::min<std::uint64_t>(sent, kMostMissing)) {
    restart(reflected);
    return;
  }
  std::uint64_t answers_lost = 0;
  for (; next_reflected_ != reflected; ++next_reflected_) {
    if (undecided_ > answers_lost) {
      ++answers_lost;
    } else if (missing_.size() < kMostMissing) {
      missing_.emplace(next_reflected_, steady_ns);
    }
  }
  ++next_reflected_;
  decide(true, answers_lost);
  decide(false, undecided_ - answers_lost);
  undecided_ = 0;
}

void PathLedger::lost(std::uint32_t sequence, std::int64_t steady_ns) {
  forget_old(steady_ns);
  if (!missing_.empty()) {
    missing_.erase(missing_.begin());
    decide(true, 1);
  } else if (newest_sequence_ && ahead(*newest_sequence_, sequence) > 0) {
    decide(false, 1);
  } else {
    ++undecided_;
  }
}

void PathLedger::decide(bool inbound, std::uint64_t count) {
  if (tells_directions()) (inbound ? counts_.lost_inbound : counts_.lost_outbound) += count;
}

void PathLedger::restart(std::uint32_t reflected) {
  ++counts_.restarts;
  missing_.clear();
  undecided_ = 0;
  next_reflected_ = reflected + 1;
}

void PathLedger::forget_old(std::int64_t steady_ns) {
  std::erase_if(missing_,
                [&](const auto& entry) { return steady_ns - entry.second > 2 * timeout_ns_; });
}

}  // namespace caspilink::latency
