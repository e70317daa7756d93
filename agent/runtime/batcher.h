// Gathers observations, numbers their series and cuts batches into the spool.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "agent/spool/spool.h"
#include "proto/codec/observation.h"

namespace caspilink::runtime {

class Batcher {
 public:
  struct Options {
    std::uint64_t boot = 0;
    std::size_t max_batch_samples = 2000;
    // While the disk refuses: samples kept in memory, about 30 bytes each. Later ones are dropped.
    std::size_t max_pending_samples = 200'000;
    std::uint32_t max_series = 100'000;
  };
  struct Counts {
    std::uint64_t observations = 0;
    std::uint64_t dropped_memory_full = 0;  // samples, as below
    std::uint64_t dropped_spool_full = 0;
    std::uint64_t dropped_too_many_series = 0;
    std::uint64_t append_errors = 0;
  };
  struct Cut {
    spool::Position position = 0;
    std::shared_ptr<const codec::Batch> batch;
  };

  Batcher(Options options, spool::Spool& spool) : options_(options), spool_(spool) {}

  void observe(std::span<const codec::Observation> observations);

  // Appends what is pending to the spool, in as many batches as it takes. What the disk refuses
  // stays pending for the next call; what the spool's bounds refuse is dropped and counted.
  [[nodiscard]] std::vector<Cut> cut(std::int64_t now_unix_ns);

  [[nodiscard]] std::size_t pending() const { return pending_.size(); }
  [[nodiscard]] bool full() const { return pending_.size() >= max_batch_samples_; }
  [[nodiscard]] std::size_t series() const { return numbers_.size(); }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  // Why the last append failed; nothing when it did not.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }

  // Our own limit, from now on.
  void set_max_batch_samples(std::size_t samples);
  // The collector's limits, 0 for none; never above our own.
  void limit(std::uint32_t max_batch_samples, std::uint32_t max_series);

 private:
  struct PointHash {
    std::size_t operator()(const codec::MeasurementPoint& point) const;
  };
  // 0 when there is no number left.
  std::uint32_t number_of(const codec::MeasurementPoint& point);
  codec::Batch take(std::size_t rows) const;
  void remove(std::size_t rows);

  Options options_;
  std::uint32_t collectors_max_batch_samples_ = 0;
  std::size_t max_batch_samples_ = options_.max_batch_samples;
  std::uint32_t max_series_ = options_.max_series;
  spool::Spool& spool_;
  std::unordered_map<codec::MeasurementPoint, std::uint32_t, PointHash> numbers_;
  std::vector<codec::Declaration> undeclared_;  // not yet in the spool
  codec::Batch pending_;                        // readings always filled
  std::uint64_t next_sequence_ = 1;
  Counts counts_;
  std::optional<Error> trouble_;
};

}  // namespace caspilink::runtime
