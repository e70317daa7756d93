// What `linkbudget compute` found, and the forms it is printed in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/budget/link_budget.h"
#include "link_models/plant/plant.h"
#include "link_models/result.h"

namespace caspilink::cli {

// One fibre pair and direction. Pairs that are alike share one budget.
struct ReportRow {
  std::string fibre_pair;
  plant::Direction direction = plant::Direction::kAToB;
  const plant::TransceiverMode* mode = nullptr;
  std::shared_ptr<const budget::LinkBudget> budget;
};

struct Report {
  const plant::Plant* plant = nullptr;
  std::vector<ReportRow> rows;
  bool detailed = false;  // one fibre pair was asked for: its channels and elements too
};

// Budgets of all fibre pairs and both directions, or of those asked for. The report points into
// the plant. kNotFound for an unknown fibre pair.
[[nodiscard]] Result<Report> compute_report(const plant::Plant& plant,
                                            const std::optional<std::string>& fibre_pair,
                                            std::optional<plant::Direction> direction);

// For reading: figures of the worst lit channel, one line a pair and direction.
[[nodiscard]] std::string render_table(const Report& report);
// For programs: every figure of every loaded channel; null for what has no finite value.
[[nodiscard]] std::string render_json(const Report& report);
// For spreadsheets: one line a channel, header first.
[[nodiscard]] std::string render_csv(const Report& report);

// What a plant is, without computing anything: its stations, fibre pairs and lit channels.
[[nodiscard]] std::string render_description_table(const plant::Plant& plant);
[[nodiscard]] std::string render_description_json(const plant::Plant& plant);

}  // namespace caspilink::cli
