// What the plant's budget says every measurement point should read, of the line as designed or as
// its equipment reports it. Immutable: a change of one direction makes a new Model that shares the
// others.
//
// What transmit-side equipment reports, and what amplifiers are set to, moves what is expected at
// the receiving end. What is expected of the transmit side itself stays as designed but for its
// booster's setting, so that a fault there shows as what it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/fleet/place.h"
#include "link_models/budget/link_budget.h"
#include "link_models/budget/power_feed.h"
#include "link_models/plant/plant.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::twin {

class Model {
 public:
  using BudgetPtr = std::shared_ptr<const budget::LinkBudget>;

  // Evaluates every fibre pair in both directions, as designed; errors are those of
  // budget::evaluate.
  [[nodiscard]] static Result<Model> build(std::shared_ptr<const plant::Plant> plant);

  // The same plant with one direction as reported. Requires a slot below slots().
  // `sent`: how much more than planned the sender's booster is set to send. `remarks`: what of the
  // report was taken otherwise than told.
  [[nodiscard]] Model with(std::size_t slot, BudgetPtr followed, Db sent = Db(0),
                           std::vector<std::string> remarks = {}) const;
  // The same with one direction that nothing can be expected of: nothing is sent, or passes.
  [[nodiscard]] Model without(std::size_t slot, std::vector<std::string> remarks = {}) const;
  // The same with the voltage that this current needs.
  [[nodiscard]] Model with_feed_current(Amperes current) const;

  [[nodiscard]] const plant::Plant& plant() const { return *plant_; }
  [[nodiscard]] std::shared_ptr<const plant::Plant> shared_plant() const { return plant_; }

  // Directions count in the plant's order, a-b before b-a.
  [[nodiscard]] std::size_t slots() const { return lines_.size(); }
  // Nothing for a fibre pair the plant does not have.
  [[nodiscard]] std::optional<std::size_t> slot_of(std::string_view fibre_pair,
                                                   plant::Direction direction) const;

  // As reported, else as designed; while nothing is sent, as it was before. Requires a fibre pair
  // of the plant. Budgets leave the fibre pair's name empty: alike directions share one.
  [[nodiscard]] const budget::LinkBudget& budget(std::string_view fibre_pair,
                                                 plant::Direction direction) const;
  [[nodiscard]] const budget::LinkBudget& budget(std::size_t slot) const {
    return *lines_[slot].followed;
  }
  [[nodiscard]] BudgetPtr shared_budget(std::size_t slot) const { return lines_[slot].followed; }
  [[nodiscard]] const budget::LinkBudget& designed(std::size_t slot) const {
    return *lines_[slot].designed;
  }
  // False while nothing is sent into the direction.
  [[nodiscard]] bool expects_light(std::size_t slot) const { return lines_[slot].light; }
  // What is expected of the sender's line port: its booster's setting counts.
  [[nodiscard]] Dbm sent_power(std::size_t slot) const {
    return lines_[slot].designed->line_output_power + lines_[slot].sent;
  }
  // On the direction as reported, in words; empty where all was taken as told.
  [[nodiscard]] const std::vector<std::string>& remarks(std::size_t slot) const {
    return lines_[slot].remarks;
  }
  [[nodiscard]] const std::optional<budget::PowerFeedBudget>& power_feed() const { return feed_; }

  // The expected reading in the quantity's wire unit; nothing where the model does not say.
  [[nodiscard]] std::optional<double> expected(const fleet::Place& place) const;

  // Everything the model expects of the plant's lit channels and bodies, in the order of places.
  // Made at the first call; thread-safe.
  struct Expectation {
    const fleet::Place* place = nullptr;  // never null
    double value = 0;
  };
  [[nodiscard]] const std::vector<Expectation>& expectations() const;

  // Both directions' fibre, there and back.
  [[nodiscard]] Seconds round_trip(std::string_view fibre_pair) const;

 private:
  struct Line {
    BudgetPtr designed;
    BudgetPtr followed;
    bool light = true;
    Db sent;  // by the booster's setting, beyond the design
    std::vector<std::string> remarks;
  };

  struct Collected {
    std::once_flag once;
    std::vector<Expectation> expectations;
  };

  explicit Model(std::shared_ptr<const plant::Plant> plant) : plant_(std::move(plant)) {}
  // A copy that expects something else.
  [[nodiscard]] Model changed() const;
  void collect_places();
  [[nodiscard]] std::optional<double> expected_of_path(const fleet::Place& place) const;
  [[nodiscard]] std::optional<double> expected_of_feed(const fleet::Place& place) const;

  std::shared_ptr<const plant::Plant> plant_;
  std::vector<Line> lines_;
  std::optional<budget::PowerFeedBudget> feed_;
  // Of the plant's lit channels and bodies, that something may be expected of.
  std::shared_ptr<const std::vector<fleet::Place>> places_;
  std::shared_ptr<Collected> collected_ = std::make_shared<Collected>();
};

}  // namespace caspilink::twin
