#include "collector/twin/twin.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace caspilink::twin {

Evaluated evaluate(const Job& job) {
  Evaluated done{.slot = job.slot, .asked_unix_ns = job.asked_unix_ns, .budget = {}};
  auto line = plant::as_reported(job.line, job.reported, &done.remarks);
  if (!line) {
    done.budget = tl::unexpected(line.error());
    return done;
  }
  auto budget = budget::evaluate(*line, {.end_of_life = false, .element_light = true});
  if (budget) {
    done.budget = std::make_shared<const budget::LinkBudget>(std::move(*budget));
  } else {
    done.budget = tl::unexpected(budget.error());
  }
  return done;
}

Twin::Twin(std::shared_ptr<const Model> designed, FollowSettings settings)
    : model_(std::move(designed)),
      follower_(model_->shared_plant(), settings),
      reported_(model_->slots(), plant::ReportedLine()),
      remarks_(model_->slots()),
      due_(model_->slots(), false),
      evaluating_(model_->slots(), false) {}

void Twin::observe(const fleet::Place& place, const fleet::Latest& latest) {
  follower_.take(place, latest);
  if (follower_.feed_current() == feed_current_) return;
  feed_current_ = follower_.feed_current();
  model_ = std::make_shared<const Model>(model_->with_feed_current(*feed_current_));
}

std::vector<Job> Twin::take_jobs(std::int64_t now_unix_ns) {
  for (const std::size_t slot : follower_.take_changed()) due_[slot] = true;
  std::vector<Job> jobs;
  for (std::size_t slot = 0; slot < due_.size(); ++slot) {
    if (!due_[slot] || evaluating_[slot]) continue;
    due_[slot] = false;
    const DirectionSettings& settings = follower_.direction(slot).settings();
    auto reported = follower_.direction(slot).reported();
    if (!reported) {
      const std::string* off = settings.switched_off();
      std::vector<std::string> remarks;
      if (off != nullptr) remarks.push_back(*off + ": switched off, so nothing is expected");
      if (model_->expects_light(slot) || model_->remarks(slot) != remarks) {
        model_ = std::make_shared<const Model>(model_->without(slot, std::move(remarks)));
      }
      reported_[slot].reset();
      continue;
    }
    if (model_->expects_light(slot) && reported == reported_[slot] &&
        remarks_[slot] == settings.remarks()) {
      continue;
    }
    reported_[slot] = reported;
    remarks_[slot] = settings.remarks();
    const plant::Plant& plant = model_->plant();
    auto line = plant::line_of(plant, plant.fibre_pairs[slot / 2].id,
                               slot % 2 == 0 ? plant::Direction::kAToB : plant::Direction::kBToA);
    line->fibre_pair.clear();  // as all budgets of a model
    evaluating_[slot] = true;
    jobs.push_back({.slot = slot,
                    .asked_unix_ns = now_unix_ns,
                    .line = std::move(*line),
                    .reported = std::move(*reported)});
  }
  return jobs;
}

Result<void> Twin::accept(Evaluated done, std::int64_t now_unix_ns) {
  evaluating_[done.slot] = false;
  ++status_.evaluations;
  status_.last_delay_seconds = static_cast<double>(now_unix_ns - done.asked_unix_ns) * 1e-9;
  if (!done.budget) {
    ++status_.failures;
    return tl::unexpected(done.budget.error());
  }
  const DirectionSettings& settings = follower_.direction(done.slot).settings();
  std::ranges::move(settings.remarks(), std::back_inserter(done.remarks));
  model_ = std::make_shared<const Model>(model_->with(
      done.slot, std::move(*done.budget), Db(settings.sent().shift_db), std::move(done.remarks)));
  return {};
}

}  // namespace caspilink::twin
