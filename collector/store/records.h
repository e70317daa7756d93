// What the collector keeps: plain values that the store takes and gives back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/store/interval_set.h"
#include "proto/codec/observation.h"

namespace caspilink::store {

// Why a sample was set aside. Numbers are on disk and never change.
enum class SetAside : std::uint8_t {
  kNone = 0,           // a good sample
  kOutOfRange = 1,     // outside its quantity's range
  kNotFinite = 2,      // NaN or infinite
  kUnknownSeries = 3,  // its series was not declared
  kFromFuture = 4,     // later than the collector's clock and the allowed skew
  kNotOnPlant = 5,     // its fibre pair, channel, element or peer is not on the plant
  kInvalidTime = 6,    // at or before 1970
};

// "out_of_range": the form of metric labels and dumps.
[[nodiscard]] std::string_view to_string(SetAside reason);

// A batch as it arrived, and which of its rows were set aside. Immutable once shared.
struct JudgedBatch {
  std::string agent;  // station id
  std::int64_t received_unix_ns = 0;
  codec::Batch batch;
  std::vector<SetAside> set_aside;  // one a row, or empty where every row is good

  [[nodiscard]] SetAside reason(std::size_t row) const {
    return set_aside.empty() ? SetAside::kNone : set_aside[row];
  }
  [[nodiscard]] std::size_t set_aside_rows() const;

  friend bool operator==(const JudgedBatch&, const JudgedBatch&) = default;
};

// A batch that could not be read at all.
struct RefusedBatch {
  std::string agent;
  codec::BatchId id;
  std::int64_t received_unix_ns = 0;
  std::string reason;
};

// One alarm from its raising to its clearing; written again, by id, when it changes.
struct AlarmRecord {
  std::uint64_t id = 0;  // from 1, never used twice in one store
  std::string type;      // "line_cut"
  std::string severity;  // as of RFC 8632: "critical"
  std::string station;   // empty text and 0: does not apply
  std::string fibre_pair;
  std::string direction;
  std::uint32_t channel = 0;
  std::string text;
  std::int64_t raised_unix_ns = 0;
  std::optional<std::int64_t> cleared_unix_ns;

  friend bool operator==(const AlarmRecord&, const AlarmRecord&) = default;
};

// Which batches of which (agent, boot) are durable.
using Ledger = std::map<std::pair<std::string, std::uint64_t>, IntervalSet>;

}  // namespace caspilink::store
