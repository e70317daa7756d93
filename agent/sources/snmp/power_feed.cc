#include "agent/sources/snmp/power_feed.h"

namespace caspilink::snmp::power_feed {

Table table(const Oid& entry) {
  const auto column = [&](std::uint32_t number, codec::Quantity quantity, double factor) {
    return Column{.oid = entry.with(number),
                  .meaning = {.quantity = quantity, .scale = {.factor = factor}}};
  };
  Table made{.name_column = entry.with(2), .names = {}, .columns = {}};
  made.names.push_back({.pattern = sources::NamePattern::parse("{element}").value(), .fixed = {}});
  made.columns = {column(3, codec::Quantity::kPowerFeedVoltage, 0.1),
                  column(4, codec::Quantity::kPowerFeedCurrent, 1e-3),
                  column(5, codec::Quantity::kPowerFeedEarthCurrent, 1e-3)};
  return made;
}

}  // namespace caspilink::snmp::power_feed
