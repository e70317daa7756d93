#include "link_models/budget/evaluator.h"

namespace caspilink::budget {

Result<std::shared_ptr<const LinkBudget>> Evaluator::budget_of(plant::Line line) {
  const std::string fibre_pair = std::exchange(line.fibre_pair, {});
  for (const auto& [known, budget] : known_) {
    if (known == line) return budget;
  }
  auto evaluated = evaluate(line, options_);
  if (!evaluated) {
    Error error = std::move(evaluated.error());
    if (error.where.empty()) error.where = fibre_pair;
    return tl::unexpected(std::move(error));
  }
  auto shared = std::make_shared<const LinkBudget>(std::move(*evaluated));
  known_.emplace_back(std::move(line), shared);
  return shared;
}

}  // namespace caspilink::budget
