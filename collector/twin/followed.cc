#include "collector/twin/followed.h"

#include <cmath>

namespace caspilink::twin {

bool Followed::take(double value, std::int64_t time_unix_ns, const FollowSettings& settings) {
  const double off = value - in_use_;
  if (std::abs(off) >= settings.jump_db) {
    in_use_ = value;
    off_since_.reset();
    return true;
  }
  // Noise crosses to the other side sooner or later; a creep does not.
  const bool above = off > 0;
  if (!off_since_ || above != off_above_) {
    off_since_ = time_unix_ns;
    off_above_ = above;
    off_sum_ = 0;
    off_count_ = 0;
  }
  off_sum_ += off;
  ++off_count_;
  if (time_unix_ns - *off_since_ < settings.settle_ns) return false;
  const double mean = off_sum_ / off_count_;
  off_since_.reset();
  if (std::abs(mean) < settings.creep_db) return false;
  in_use_ += mean;
  return true;
}

}  // namespace caspilink::twin
