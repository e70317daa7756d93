// The profile of power feed equipment. Vendors' MIBs are private, so the table here is an assumed
// example: it says what such a table is like, below net-snmp's arc for experiments, and every part
// of it can be told otherwise in agent.yaml.
//
//   column 2  name of the power feed equipment, which becomes the element
//   column 3  voltage against earth, INTEGER, tenths of a volt
//   column 4  current into the cable, INTEGER, milliamperes
//   column 5  current of the station's earth, INTEGER, milliamperes
#pragma once

#include "agent/sources/snmp/configuration.h"

namespace caspilink::snmp::power_feed {

inline const Oid kAssumedEntry{{1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 130, 1, 1}};

[[nodiscard]] Table table(const Oid& entry);

}  // namespace caspilink::snmp::power_feed
