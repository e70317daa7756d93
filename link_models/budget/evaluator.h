// Budgets of many lines of which most are alike.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "link_models/budget/link_budget.h"
#include "link_models/plant/line.h"
#include "link_models/result.h"

namespace caspilink::budget {

// Evaluates each line once, whatever fibre pair it belongs to; all with the same options. Budgets
// handed out leave the fibre pair empty.
class Evaluator {
 public:
  explicit Evaluator(EvaluateOptions options = {}) : options_(options) {}

  // As evaluate().
  [[nodiscard]] Result<std::shared_ptr<const LinkBudget>> budget_of(plant::Line line);

 private:
  EvaluateOptions options_;
  std::vector<std::pair<plant::Line, std::shared_ptr<const LinkBudget>>> known_;
};

}  // namespace caspilink::budget
