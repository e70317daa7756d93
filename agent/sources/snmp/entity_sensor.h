// ENTITY-SENSOR-MIB (RFC 3433): what a row of entPhySensorTable says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/sources/number.h"
#include "agent/sources/snmp/oid.h"
#include "link_models/result.h"
#include "proto/codec/quantity.h"

namespace caspilink::snmp {

namespace entity_sensor {
inline const Oid kEntry{{1, 3, 6, 1, 2, 1, 99, 1, 1, 1}};
inline const Oid kType = kEntry.with(1);
inline const Oid kScale = kEntry.with(2);
inline const Oid kPrecision = kEntry.with(3);
inline const Oid kValue = kEntry.with(4);
inline const Oid kOperStatus = kEntry.with(5);
inline const Oid kUnitsDisplay = kEntry.with(6);
// ENTITY-MIB (RFC 6933), rows of the same index.
inline const Oid kPhysicalDescription{{1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 2}};
inline const Oid kPhysicalName{{1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7}};
}  // namespace entity_sensor

// One row, as its columns have it; nothing where a column has none.
struct SensorRow {
  std::optional<std::int64_t> type;
  std::optional<std::int64_t> scale;
  std::optional<std::int64_t> precision;
  std::optional<std::int64_t> value;
  std::optional<std::int64_t> oper_status;
  std::string units_display;
};

// value x 10^(3 (scale - 9)) / 10^precision for a precision from 1 to 9; 0 and the accuracies from
// -8 to -1 move no point. Units are the type's, or what units_display says of a type that is other
// or unknown: there is no type for dBm. A sensor that is not ok is withdrawn; an underflow (-10^9)
// of a measured power is below range, any other underflow and an overflow (10^9) are not supported.
// kInvalidInput: a row that contradicts RFC 3433, or whose unit the quantity is not sent in.
[[nodiscard]] Result<sources::Judged> read_sensor(const SensorRow& row, codec::Quantity quantity,
                                                  double no_light_dbm);

}  // namespace caspilink::snmp
