#include "agent/sources/unit.h"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace caspilink::sources {
namespace {

struct Conversion {
  std::string_view from, to;
  double factor;
  double offset = 0;
};

// To dBm the factor makes milliwatts.
constexpr auto kConversions = std::to_array<Conversion>({
    {"W", "dBm", 1e3},   {"mW", "dBm", 1},          {"uW", "dBm", 1e-3}, {"nW", "dBm", 1e-6},
    {"A", "mA", 1e3},    {"uA", "mA", 1e-3},        {"mA", "A", 1e-3},   {"kV", "V", 1e3},
    {"mV", "V", 1e-3},   {"K", "degC", 1, -273.15}, {"GHz", "MHz", 1e3}, {"kHz", "MHz", 1e-3},
    {"Hz", "MHz", 1e-6}, {"rad/s", "krad/s", 1e-3}, {"fs", "ps", 1e-3},  {"ns", "ps", 1e3},
    {"ms", "s", 1e-3},   {"us", "s", 1e-6},         {"ns", "s", 1e-9},   {"%", "ratio", 1e-2},
    {"mB", "dB", 1e-2},
});

}  // namespace

double Scale::apply(double sent) const {
  const double value = sent * factor + offset;
  if (!milliwatts) return value;
  return value > 0 ? 10 * std::log10(value) : -std::numeric_limits<double>::infinity();
}

Result<Scale> scale_from(std::string_view unit, double factor, double offset,
                         codec::Quantity quantity) {
  const codec::QuantityInfo& row = codec::info(quantity);
  if (unit.empty() || unit == row.unit) return Scale{.factor = factor, .offset = offset};
  std::string known(row.unit);
  for (const Conversion& each : kConversions) {
    if (each.to != row.unit) continue;
    if (each.from == unit) {
      return Scale{.factor = factor * each.factor,
                   .offset = offset * each.factor + each.offset,
                   .milliwatts = row.unit == "dBm"};
    }
    known += fmt::format(", {}", each.from);
  }
  return fail(ErrorCode::kInvalidInput, "",
              fmt::format("{} is sent in one of {}, got {}", row.name, known, unit));
}

}  // namespace caspilink::sources
