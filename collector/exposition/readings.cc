#include "collector/exposition/readings.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collector/fleet/place_labels.h"

namespace caspilink::exposition {
namespace {

// Metric names of the quantities that something is expected of: made once, not for every sample.
struct Names {
  std::string expected;
  std::string residual;
  std::string uncertainty;
};

const Names& names_of(const codec::QuantityInfo& info) {
  static const auto kAll = [] {
    std::unordered_map<codec::Quantity, Names> all;
    for (const auto& row : codec::quantities()) {
      all.emplace(row.quantity,
                  Names{expected_metric(row), residual_metric(row), uncertainty_metric(row)});
    }
    return all;
  }();
  return kAll.at(info.quantity);
}

// The lines of one family of places.
class PlaceFamily {
 public:
  PlaceFamily(Families& out, std::string_view metric) : out_(out), metric_(metric) {}

  void add(const fleet::Place& place, double value) {
    if (text_ == nullptr) text_ = &out_.begin(metric_);
    Line line(*text_, metric_);
    for (const auto& [label, text] : fleet::PlaceLabels(place)) line.label(label, text);
    line.end(value);
  }

 private:
  Families& out_;
  std::string_view metric_;
  std::string* text_ = nullptr;
};

// What is observed, or expected, of one quantity; both are kept in the order of places.
std::span<const Observed> observed_of(const Snapshot& snapshot, codec::Quantity quantity) {
  const auto found = std::ranges::equal_range(
      snapshot.observed, quantity, {}, [](const Observed& one) { return one.place.quantity; });
  return {found.begin(), found.end()};
}
std::span<const twin::Model::Expectation> expected_of(const twin::Model& model,
                                                      codec::Quantity quantity) {
  const auto found = std::ranges::equal_range(model.expectations(), quantity, {},
                                              [](const auto& one) { return one.place->quantity; });
  return {found.begin(), found.end()};
}

}  // namespace

void add_observed(Families& out, const Snapshot& snapshot) {
  for (const codec::QuantityInfo& info : codec::quantities()) {
    PlaceFamily family(out, info.metric);
    for (const auto& [place, value] : observed_of(snapshot, info.quantity)) {
      family.add(place, value * info.metric_scale);
    }
  }
}

void add_expected(Families& out, const Snapshot& snapshot) {
  std::vector<std::pair<const Observed*, double>> both;  // observed, and what is expected there
  for (const codec::QuantityInfo& info : codec::quantities()) {
    const Names& names = names_of(info);
    const auto expected = expected_of(*snapshot.model, info.quantity);
    PlaceFamily family(out, names.expected);
    for (const auto& [place, value] : expected) family.add(*place, value * info.metric_scale);
    if (names.residual.empty()) continue;

    both.clear();
    auto next = expected.begin();
    for (const Observed& observed : observed_of(snapshot, info.quantity)) {
      while (next != expected.end() && *next->place < observed.place) ++next;
      // What is not in the plan may be expected all the same: a channel newly lit, one unit of
      // many.
      const auto value = next != expected.end() && *next->place == observed.place
                             ? std::optional(next->value)
                             : snapshot.model->expected(observed.place);
      if (value) both.emplace_back(&observed, *value);
    }
    PlaceFamily residuals(out, names.residual);
    for (const auto& [observed, value] : both) {
      residuals.add(observed->place, (observed->value - value) * info.metric_scale);
    }
    if (snapshot.tolerances == nullptr) continue;
    PlaceFamily uncertainties(out, names.uncertainty);
    for (const auto& [observed, value] : both) {
      if (const auto known = snapshot.tolerances->uncertainty(info.quantity, value)) {
        uncertainties.add(observed->place, *known * info.metric_scale);
      }
    }
  }
}

}  // namespace caspilink::exposition
