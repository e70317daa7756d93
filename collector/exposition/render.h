// A snapshot as Prometheus metrics.
#pragma once

#include <memory>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "collector/exposition/snapshot.h"

namespace caspilink::exposition {

// Families in the order of metrics(), those without a sample left out; the same snapshot always
// gives the same text.
[[nodiscard]] std::vector<prometheus::MetricFamily> render(const Snapshot& snapshot);

// Renders the board's latest snapshot at each scrape; nothing before the first.
class SnapshotCollectable final : public prometheus::Collectable {
 public:
  explicit SnapshotCollectable(std::shared_ptr<const SnapshotBoard> board)
      : board_(std::move(board)) {}
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::shared_ptr<const SnapshotBoard> board_;
};

}  // namespace caspilink::exposition
