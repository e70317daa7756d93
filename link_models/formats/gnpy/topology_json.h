// GNPy's topologies.
#pragma once

#include <string>

#include "link_models/design/equipment.h"
#include "link_models/design/network.h"
#include "link_models/formats/gnpy/json_value.h"
#include "link_models/result.h"

namespace caspilink::formats::gnpy {

// Reads a network in GNPy's JSON, plain or in the form of its YANG module, against a library of
// equipment that says what types stand for. Errors name the file, the element's uid and the key:
// unknown kinds of element, types the library has not, unknown or missing parameters, names given
// twice, connections to nowhere.
[[nodiscard]] Result<design::Network> read_topology(const JsonValue& json, const std::string& name,
                                                    const design::Equipment& equipment);
[[nodiscard]] Result<design::Network> load_topology(const std::string& path,
                                                    const design::Equipment& equipment);

}  // namespace caspilink::formats::gnpy
