// The fake of a source: observes what a test tells it to.
#pragma once

#include <utility>

#include "agent/sources/source.h"

namespace caspilink::sources {

class FakeSource final : public Source {
 public:
  void start(Sink sink) override { sink_ = std::move(sink); }
  void stop() override { sink_ = nullptr; }
  Health health() const override { return state; }

  void observe(std::span<const codec::Observation> observations) {
    if (sink_) sink_(observations);
  }
  [[nodiscard]] bool running() const { return sink_ != nullptr; }

  Health state;

 private:
  Sink sink_;
};

}  // namespace caspilink::sources
