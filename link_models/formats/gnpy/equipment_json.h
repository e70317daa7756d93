// GNPy's equipment libraries.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/formats/gnpy/json_value.h"
#include "link_models/result.h"

namespace caspilink::formats::gnpy {

struct EquipmentFiles {
  std::string library;
  std::vector<std::string> extra_libraries;  // add types the library has not
  std::vector<std::string> extra_configs;    // side files of amplifiers that lie elsewhere
};

// Reads a library in GNPy's JSON, plain or in the form of its YANG modules, with the side files
// its amplifiers name. Errors name the file, the entry and the key: unknown keys and kinds of
// equipment, types that do not exist, noise figures no amplifier can have. Types that an extra
// library repeats are left as they are and named in `warnings`. read_: the library's own text has
// been parsed; the other files are read from their places.
[[nodiscard]] Result<design::Equipment> read_equipment(const JsonValue& json,
                                                       const EquipmentFiles& files,
                                                       std::vector<std::string>& warnings);
[[nodiscard]] Result<design::Equipment> load_equipment(const EquipmentFiles& files,
                                                       std::vector<std::string>& warnings);

}  // namespace caspilink::formats::gnpy
