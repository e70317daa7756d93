// Places and rules for names, as sections of the configuration have them.
#pragma once

#include <optional>

#include "agent/sources/name_pattern.h"
#include "link_models/formats/yaml.h"

namespace caspilink::sources {

// fibre_pair, channel and element, each where it is given.
[[nodiscard]] Place read_place(formats::YamlMap& map);

// Nothing where the pattern is none, which is said, or is left out.
[[nodiscard]] std::optional<NamePattern> read_pattern(formats::YamlMap& map);

// A pattern and the parts it leaves out.
[[nodiscard]] NameRule read_name_rule(formats::YamlMap& map);

}  // namespace caspilink::sources
