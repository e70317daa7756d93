// Reading a store from outside: what was kept, in the order it was received. Safe beside a running
// collector; sees one consistent state from the first row to the last.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "collector/store/records.h"
#include "link_models/result.h"
#include "proto/codec/observation.h"

namespace caspilink::store {

struct HistoryFilter {
  std::optional<std::string> station;
  std::optional<codec::Quantity> quantity;
  std::optional<std::int64_t> from_unix_ns;  // inclusive, by the sample's own time
  std::optional<std::int64_t> to_unix_ns;    // exclusive
  std::optional<std::string> fibre_pair{};
  std::optional<std::uint32_t> channel{};
};

// A sample's place in the order of storing.
struct HistoryPlace {
  std::int64_t position = 0;  // of the block it is in
  std::size_t sample = 0;     // within the block, set-aside ones included

  friend bool operator==(const HistoryPlace&, const HistoryPlace&) = default;
};

// A part of what passes a filter, so that neither the answer nor the work for it is without end.
struct HistoryPage {
  HistoryPlace from{};  // inclusive
  std::size_t most_samples = SIZE_MAX;
  std::size_t most_batches = SIZE_MAX;  // that are looked into, or a few more
};

struct HistoryRow {
  const std::string& station;
  codec::BatchId batch;
  std::size_t row = 0;  // within the batch as it was received
  std::int64_t time_unix_ns = 0;
  // Of one series of one boot it is the same object until the reading ends.
  const codec::MeasurementPoint& point;
  codec::Reading reading = codec::Reading::kValue;
  double value = 0;
};

// A batch as it is kept, where it stands in the order of storing, and what its series mean.
struct FollowedBatch {
  std::int64_t position = 0;  // never falls from batch to batch, never given to others later
  const JudgedBatch& batch;
  // Null for a number that was not declared.
  std::function<const codec::MeasurementPoint*(std::uint32_t number)> point;
};

struct BatchRow {
  std::string station;
  codec::BatchId batch;
  std::uint64_t samples = 0;    // as received
  std::uint64_t set_aside = 0;  // of these, kept apart
};

class History {
 public:
  // kNotFound where there is no store, kInvalidInput where it is of another version.
  [[nodiscard]] static Result<std::unique_ptr<History>> open(const std::string& directory);
  ~History();

  // From any thread: samples and batches are read no further, now or later, which is kUnavailable
  // to whoever reads them. A quarter of an hour may hold more than a process that ends can wait
  // for.
  void stop();

  // Every good sample that passes the filter; what was set aside is left out. A corrupt block ends
  // the reading with an error that names its batch.
  [[nodiscard]] Result<void> samples(const HistoryFilter& filter,
                                     const std::function<void(const HistoryRow&)>& visit);

  // The same, a page: where the next one begins; nothing: there is no more.
  [[nodiscard]] Result<std::optional<HistoryPlace>> samples(
      const HistoryFilter& filter, const HistoryPage& page,
      const std::function<void(const HistoryRow&)>& visit);

  // Batches stored after those at `position` (0: from the oldest that is kept), in the order they
  // were stored, until there are `most` or a few more: neighbours share a position and come
  // together. Where it stopped, and so the next call's position; unchanged where nothing has come.
  [[nodiscard]] Result<std::int64_t> follow(std::int64_t position, std::size_t most,
                                            const std::function<void(const FollowedBatch&)>& visit);

  // By station, boot and sequence.
  [[nodiscard]] Result<void> batches(const std::function<void(const BatchRow&)>& visit);

  // Alarms that were raised, oldest first.
  [[nodiscard]] Result<void> alarms(const std::function<void(const AlarmRecord&)>& visit);

  // By start, interval after interval.
  [[nodiscard]] Result<void> bins(const BinFilter& filter,
                                  const std::function<void(const BinRecord&)>& visit);
  [[nodiscard]] Result<void> baselines(const std::function<void(const BaselineRecord&)>& visit);
  [[nodiscard]] Result<void> watermarks(const std::function<void(const WatermarkRecord&)>& visit);
  // Oldest first.
  [[nodiscard]] Result<void> audit(const std::function<void(const AuditRecord&)>& visit);
  [[nodiscard]] Result<void> maintenance(
      const std::function<void(const MaintenanceRecord&)>& visit);

 private:
  struct Impl;
  explicit History(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::store
