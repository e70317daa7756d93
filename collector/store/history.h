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
};

struct HistoryRow {
  const std::string& station;
  codec::BatchId batch;
  std::size_t row = 0;  // within the batch as it was received
  std::int64_t time_unix_ns = 0;
  const codec::MeasurementPoint& point;
  codec::Reading reading = codec::Reading::kValue;
  double value = 0;
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

  // Every good sample that passes the filter; what was set aside is left out. A corrupt block ends
  // the reading with an error that names its batch.
  [[nodiscard]] Result<void> samples(const HistoryFilter& filter,
                                     const std::function<void(const HistoryRow&)>& visit);

  // By station, boot and sequence.
  [[nodiscard]] Result<void> batches(const std::function<void(const BatchRow&)>& visit);

  // Alarms that were raised, oldest first.
  [[nodiscard]] Result<void> alarms(const std::function<void(const AlarmRecord&)>& visit);

 private:
  struct Impl;
  explicit History(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::store
