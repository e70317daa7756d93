// The fake of a spool: same behaviour, no disk, no bounds, and failures on request.
#pragma once

#include <map>
#include <unordered_map>

#include "agent/spool/spool.h"

namespace caspilink::spool {

class MemorySpool final : public Spool {
 public:
  Result<Position> append(const codec::Batch& batch, std::span<const codec::Declaration> first_used,
                          std::int64_t now_unix_ns) override;
  Result<std::optional<Stored>> next_after(Position position) override;
  std::optional<Position> position_of(codec::BatchId id) const override;
  Result<codec::Catalogue> catalogue(std::uint64_t boot, std::uint32_t first,
                                     std::uint32_t last) override;
  void forget(Position position) override;
  Result<void> sync() override { return {}; }
  Result<void> flush() override { return {}; }
  void set_aside(Position position, const std::string& reason) override;
  const Stats& stats() const override { return stats_; }

  // What append() answers from now on, until cleared.
  std::optional<Error> refuse_appends;

 private:
  struct Boot {
    Position first = 0;
    std::uint64_t last_sequence = 0;
    std::map<std::uint32_t, codec::MeasurementPoint> series;
  };
  std::unordered_map<std::uint64_t, Boot> boots_;
  std::map<Position, codec::Batch> batches_;
  Stats stats_;
};

}  // namespace caspilink::spool
