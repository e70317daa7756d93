// A figure that follows readings with hysteresis: it moves at once by a step of `jump`, and by a
// creep of `creep` that has lasted for `settle`. Noise and slow drift around it move nothing.
#pragma once

#include <cstdint>
#include <optional>

namespace caspilink::twin {

struct FollowSettings {
  double jump_db = 0.3;
  double creep_db = 0.1;
  std::int64_t settle_ns = 30'000'000'000;
  double feed_current_step_a = 0.005;
};

class Followed {
 public:
  explicit Followed(double planned) : in_use_(planned) {}

  // True where the figure in use moved.
  bool take(double value, std::int64_t time_unix_ns, const FollowSettings& settings);
  [[nodiscard]] double in_use() const { return in_use_; }

 private:
  double in_use_;
  // Of the readings on one side of the figure in use, off by more than the creep.
  std::optional<std::int64_t> off_since_;
  double off_sum_ = 0;
  int off_count_ = 0;
  bool off_above_ = false;
};

}  // namespace caspilink::twin
