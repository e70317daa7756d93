// The domain's side of the telemetry contract: what is measured where, and batches of samples.
// proto/telemetry.proto says what each field means on the wire.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/codec/quantity.h"

namespace caspilink::codec {

enum class Statistic : std::uint8_t { kInstant = 0, kAverage = 1, kMinimum = 2, kMaximum = 3 };

// Whether a sample carries a number, and if not, why not.
enum class Reading : std::uint8_t {
  kValue = 0,
  kNoLight = 1,
  kBelowRange = 2,
  kNotSupported = 3,
  kWithdrawn = 4,
};

// What is measured, at which part of which equipment. Empty text and channel 0: does not apply.
struct MeasurementPoint {
  Quantity quantity{};
  Statistic statistic = Statistic::kInstant;
  std::string source;
  std::string component;
  std::string fibre_pair;
  std::uint32_t channel = 0;
  std::string element;
  std::string peer;

  friend bool operator==(const MeasurementPoint&, const MeasurementPoint&) = default;
  friend auto operator<=>(const MeasurementPoint&, const MeasurementPoint&) = default;
};

// One reading as a source hands it to the agent's core.
struct Observation {
  MeasurementPoint point;
  std::int64_t time_unix_ns = 0;
  Reading reading = Reading::kValue;
  double value = 0;  // in the quantity's wire unit; 0 unless reading is kValue
};

struct Declaration {
  std::uint32_t number = 0;
  MeasurementPoint point;

  friend bool operator==(const Declaration&, const Declaration&) = default;
};

// Identity of a batch for ever, within one agent.
struct BatchId {
  std::uint64_t boot = 0;
  std::uint64_t sequence = 0;

  friend bool operator==(const BatchId&, const BatchId&) = default;
  friend auto operator<=>(const BatchId&, const BatchId&) = default;
};

// Samples in columns of equal length; `readings` is empty when every row is a value.
struct Batch {
  BatchId id;
  bool backlog = false;
  std::vector<std::uint32_t> series;
  std::vector<std::int64_t> times_unix_ns;
  std::vector<double> values;
  std::vector<Reading> readings;

  [[nodiscard]] std::size_t size() const { return series.size(); }
  [[nodiscard]] Reading reading(std::size_t row) const {
    return readings.empty() ? Reading::kValue : readings[row];
  }

  friend bool operator==(const Batch&, const Batch&) = default;
};

}  // namespace caspilink::codec
