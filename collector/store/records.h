// What the collector keeps: plain values that the store takes and gives back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
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
  std::string element{};  // of the plant or the station: "booster", "R03"
  std::string peer{};
  std::string source{};
  std::uint64_t parent = 0;             // the alarm this is a consequence of; 0: none
  std::uint32_t flaps = 0;              // how often it came back while it was held
  std::string cause{};                  // the probable cause, in words
  std::string cause_element{};          // the element of the plant it names
  std::optional<double> position_km{};  // along the cable from end a
  std::optional<double> position_uncertainty_km{};
  std::optional<std::int64_t> acknowledged_unix_ns{};
  std::string acknowledged_by{};
  std::string note{};  // of the acknowledgement
  std::optional<std::int64_t> shelved_until_unix_ns{};
  std::string shelved_by{};
  std::string shelf_note{};
  std::string cause_by{};  // the operator whose measurement the cause is; empty: from readings

  friend bool operator==(const AlarmRecord&, const AlarmRecord&) = default;
};

// Where a bin or a baseline belongs: a place of the plant in words. Empty text and 0: does not
// apply.
struct PlaceName {
  std::string quantity;  // of the quantity table, or of what is derived from it: "margin"
  std::string station{};
  std::string fibre_pair{};
  std::string direction{};
  std::uint32_t channel = 0;
  std::string element{};
  std::string peer{};
  std::string source{};

  friend bool operator==(const PlaceName&, const PlaceName&) = default;
  friend auto operator<=>(const PlaceName&, const PlaceName&) = default;
};

inline constexpr std::uint32_t kQuarterHour_s = 900;
inline constexpr std::uint32_t kDay_s = 86'400;

// What one place showed over one interval; written again, by place, length and start, when late
// samples correct it. Values are in the quantity's wire unit; NaN where there is none.
struct BinRecord {
  PlaceName place;
  std::uint32_t length_s = kQuarterHour_s;
  std::int64_t start_unix_ns = 0;  // a whole number of seconds
  double minimum = 0;
  double average = 0;
  double maximum = 0;
  double last = 0;
  std::int64_t last_unix_ns = 0;  // of the sample that is `last`
  std::uint64_t samples = 0;
  bool suspect = false;  // incomplete, or holding what may not be true

  friend bool operator==(const BinRecord&, const BinRecord&) = default;
};

// Which bins to read. Nothing: whatever it is.
struct BinFilter {
  std::uint32_t length_s = kQuarterHour_s;
  std::optional<std::int64_t> from_unix_ns;   // inclusive, by the bin's start
  std::optional<std::int64_t> until_unix_ns;  // exclusive
  std::optional<std::string> quantity;
  std::optional<std::string> station;
  std::optional<std::string> fibre_pair;
  std::optional<std::string> direction;
  std::optional<std::uint32_t> channel;
};

// What a place is compared with over time; written again by place and kind.
struct BaselineRecord {
  PlaceName place;
  std::string kind;                // "commissioning", "seasonal"
  std::int64_t from_unix_ns = 0;   // of the samples it was made from
  std::int64_t until_unix_ns = 0;  // exclusive
  std::uint64_t samples = 0;
  std::vector<double> values{};  // what the kind says they are

  friend bool operator==(const BaselineRecord&, const BaselineRecord&) = default;
};

// How far a receiver of ours has got; written again by receiver and stream.
struct WatermarkRecord {
  std::string receiver;
  std::string stream{};         // where a receiver follows more than one
  std::int64_t position = 0;    // everything up to it has been taken: see History::follow
  std::int64_t at_unix_ns = 0;  // when it got there

  friend bool operator==(const WatermarkRecord&, const WatermarkRecord&) = default;
};

// One action of an operator. Only ever added.
struct AuditRecord {
  std::int64_t at_unix_ns = 0;
  std::string operator_name;  // as the certificate or the login says
  std::string action;         // "acknowledge"
  std::string target{};       // "alarm 17"
  std::string detail{};

  friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

// A time in which alarms of a part of the plant are expected; written again by id.
struct MaintenanceRecord {
  std::uint64_t id = 0;
  std::int64_t from_unix_ns = 0;
  std::int64_t until_unix_ns = 0;  // exclusive
  std::string station{};           // empty: everywhere
  std::string fibre_pair{};
  std::string direction{};
  std::string element{};
  std::string operator_name{};
  std::string note{};

  friend bool operator==(const MaintenanceRecord&, const MaintenanceRecord&) = default;
};

// Everything the store keeps besides batches.
using Record = std::variant<AlarmRecord, BinRecord, BaselineRecord, WatermarkRecord, AuditRecord,
                            MaintenanceRecord>;

// Which batches of which (agent, boot) are durable.
using Ledger = std::map<std::pair<std::string, std::uint64_t>, IntervalSet>;

}  // namespace caspilink::store
