// What the plant promises for the cable's whole life; evaluated once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "link_models/plant/plant.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::twin {

class Design {
 public:
  // Errors are those of budget::evaluate.
  [[nodiscard]] static Result<Design> of(const plant::Plant& plant);

  // The least end-of-life margin of a direction's lit channels, allowances taken off. Nothing for a
  // fibre pair the plant does not have, or without lit channels.
  [[nodiscard]] std::optional<Db> margin_end_of_life(const std::string& fibre_pair,
                                                     plant::Direction direction) const;

 private:
  std::map<std::pair<std::string, plant::Direction>, Db> margins_;
};

}  // namespace caspilink::twin
