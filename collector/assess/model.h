// What the plant's budget says every measurement point should read. Evaluated once a plant; later
// changes of the line make a new Model.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "collector/fleet/place.h"
#include "link_models/budget/link_budget.h"
#include "link_models/plant/plant.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::assess {

class Model {
 public:
  // Evaluates every fibre pair in both directions; errors are those of budget::evaluate.
  [[nodiscard]] static Result<Model> build(std::shared_ptr<const plant::Plant> plant);

  [[nodiscard]] const plant::Plant& plant() const { return *plant_; }

  // Requires a fibre pair of the plant.
  [[nodiscard]] const budget::LinkBudget& budget(std::string_view fibre_pair,
                                                 plant::Direction direction) const;

  // The expected reading in the quantity's wire unit; nothing where the model does not say.
  [[nodiscard]] std::optional<double> expected(const fleet::Place& place) const;

  // Everything the model expects of today's plant, in the order of places.
  [[nodiscard]] const std::map<fleet::Place, double>& expectations() const { return expectations_; }

  // Both directions' fibre, there and back.
  [[nodiscard]] Seconds round_trip(std::string_view fibre_pair) const;

 private:
  explicit Model(std::shared_ptr<const plant::Plant> plant) : plant_(std::move(plant)) {}
  void collect_expectations();

  std::shared_ptr<const plant::Plant> plant_;
  std::map<std::pair<std::string, plant::Direction>, budget::LinkBudget, std::less<>> budgets_;
  std::map<fleet::Place, double> expectations_;
};

}  // namespace caspilink::assess
