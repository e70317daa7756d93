#include "collector/performance/second_classifier.h"

#include <cassert>
#include <utility>

namespace caspilink::performance {

SecondClassifier::SecondClassifier(double severe_ratio, Sink sink)
    : severe_ratio_(severe_ratio), sink_(std::move(sink)) {
  assert(severe_ratio > 0 && severe_ratio <= 1);
  pending_.reserve(kRun);
}

void SecondClassifier::observe(const SecondObservation& second) {
  assert(!last_ || second.second_unix > *last_);
  if (last_ && second.second_unix != *last_ + 1) settle();
  last_ = second.second_unix;

  const bool severe = second.defect ||
                      (second.blocks > 0 && static_cast<double>(second.errored_blocks) >=
                                                severe_ratio_ * static_cast<double>(second.blocks));
  const bool against_state = severe == available_;
  if (!against_state) {
    settle();
    emit({second, severe}, !available_);
    return;
  }
  pending_.push_back({second, severe});
  if (pending_.size() == kRun) {
    available_ = !available_;
    settle();
  }
}

void SecondClassifier::settle() {
  for (const Pending& pending : pending_) emit(pending, !available_);
  pending_.clear();
}

void SecondClassifier::emit(const Pending& pending, bool unavailable) {
  ClassifiedSecond out{.second_unix = pending.seen.second_unix, .unavailable = unavailable};
  if (!unavailable) {
    out.severely_errored = pending.severe;
    out.errored = pending.severe || pending.seen.errored_blocks > 0;
    out.background_block_errors = pending.severe ? 0 : pending.seen.errored_blocks;
  }
  sink_(out);
}

}  // namespace caspilink::performance
