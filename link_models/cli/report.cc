#include "link_models/cli/report.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "link_models/budget/evaluator.h"
#include "link_models/plant/line.h"

namespace caspilink::cli {
namespace {

std::string ids_of(const plant::Plant& plant) {
  std::vector<std::string> ids;
  for (const plant::FibrePair& pair : plant.fibre_pairs) ids.push_back(pair.id);
  return fmt::format("{}", fmt::join(ids, ", "));
}

}  // namespace

Result<Report> compute_report(const plant::Plant& plant,
                              const std::optional<std::string>& fibre_pair,
                              std::optional<plant::Direction> direction) {
  if (fibre_pair && plant::find_fibre_pair(plant, *fibre_pair) == nullptr) {
    return fail(ErrorCode::kNotFound, "--fibre-pair",
                fmt::format("expected one of {}, got '{}'", ids_of(plant), *fibre_pair));
  }
  Report report;
  report.plant = &plant;
  report.detailed = fibre_pair.has_value();
  budget::Evaluator evaluator;
  for (const plant::FibrePair& pair : plant.fibre_pairs) {
    if (fibre_pair && pair.id != *fibre_pair) continue;
    for (const auto way : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      if (direction && way != *direction) continue;
      auto line = plant::line_of(plant, pair.id, way);
      if (!line) return tl::unexpected(line.error());
      auto budget = evaluator.budget_of(std::move(*line));
      if (!budget) return tl::unexpected(budget.error());
      report.rows.push_back({pair.id, way, plant::find_mode(plant, pair.mode), std::move(*budget)});
    }
  }
  return report;
}

}  // namespace caspilink::cli
