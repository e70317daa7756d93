#include "agent/sources/snmp/entity_sensor.h"

#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/unit.h"

namespace caspilink::snmp {
namespace {

constexpr std::int64_t kOverflow = 1'000'000'000;
constexpr std::int64_t kTruthValue = 12;
constexpr std::int64_t kUnitScale = 9;
constexpr std::int64_t kLargestScale = 17;

tl::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "", std::move(detail));
}

// EntitySensorDataType. Types that no quantity is sent in, such as revolutions, keep a name for the
// message.
std::optional<std::string_view> unit_of(std::int64_t type) {
  switch (type) {
    case 3:
    case 4:
      return "V";
    case 5:
      return "A";
    case 6:
      return "W";
    case 7:
      return "Hz";
    case 8:
      return "degC";
    case 9:
      return "%";
    case 10:
      return "rpm";
    case 11:
      return "m^3/min";
    default:
      return std::nullopt;
  }
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\0')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<sources::Judged> read_sensor(const SensorRow& row, codec::Quantity quantity,
                                    double no_light_dbm) {
  using enum codec::Reading;
  if (row.oper_status && *row.oper_status != 1) return sources::Judged{kWithdrawn, 0};
  if (!row.value) return sources::Judged{kNotSupported, 0};
  if (!row.type || !row.scale || !row.precision) {
    return refuse("a sensor without type, scale or precision");
  }
  if (*row.scale < 1 || *row.scale > kLargestScale || *row.precision < -8 || *row.precision > 9) {
    return refuse(fmt::format("a sensor of scale {} and precision {}", *row.scale, *row.precision));
  }
  const bool flag = sources::form_of(quantity) == sources::Form::kFlag;
  if (*row.type == kTruthValue || flag) {
    if (*row.type != kTruthValue || !flag || *row.value < 1 || *row.value > 2) {
      return refuse(fmt::format("{} of type {} and value {}", codec::info(quantity).name, *row.type,
                                *row.value));
    }
    return sources::Judged{kValue, *row.value == 1 ? 1.0 : 0.0};
  }
  const bool power = codec::info(quantity).unit == "dBm";
  if (*row.value <= -kOverflow) return sources::Judged{power ? kBelowRange : kNotSupported, 0};
  if (*row.value >= kOverflow) return sources::Judged{kNotSupported, 0};
  const std::string_view unit = unit_of(*row.type).value_or(trimmed(row.units_display));
  if (unit.empty()) return refuse(fmt::format("a sensor of type {} without a unit", *row.type));
  const auto scale = sources::scale_from(unit, 1, 0, quantity);
  if (!scale) return tl::unexpected(scale.error());
  const auto exponent =
      static_cast<int>(3 * (*row.scale - kUnitScale) - (*row.precision > 0 ? *row.precision : 0));
  // Dividing by a power of ten rounds once, as the decimal does; multiplying by 10^-2 twice.
  const auto raw = static_cast<double>(*row.value);
  const double sent = exponent < 0 ? raw / std::pow(10, -exponent) : raw * std::pow(10, exponent);
  return sources::judge(quantity, scale->apply(sent), no_light_dbm);
}

}  // namespace caspilink::snmp
