#include "collector/twin/design.h"

#include "link_models/budget/evaluator.h"
#include "link_models/plant/line.h"

namespace caspilink::twin {

Result<Design> Design::of(const plant::Plant& plant) {
  Design design;
  budget::Evaluator evaluator;
  for (const plant::FibrePair& pair : plant.fibre_pairs) {
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      auto line = plant::line_of(plant, pair.id, direction);
      if (!line) return tl::unexpected(line.error());
      const auto budget = evaluator.budget_of(std::move(*line));
      if (!budget) return tl::unexpected(budget.error());
      if (const auto* worst = budget::worst_channel(**budget)) {
        design.margins_.emplace(std::pair(pair.id, direction), worst->margin_eol);
      }
    }
  }
  return design;
}

std::optional<Db> Design::margin_end_of_life(const std::string& fibre_pair,
                                             plant::Direction direction) const {
  const auto found = margins_.find(std::pair(fibre_pair, direction));
  return found == margins_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace caspilink::twin
