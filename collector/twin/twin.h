// The twin: a model of the plant that follows what transmit-side equipment reports. Owned by one
// thread; evaluation is a pure function of a job, so that it may run on another:
//
//   twin.observe(place, latest);                  // owner
//   for (Job& job : twin.take_jobs(now)) ...      // owner: at most one a direction at a time
//   Evaluated done = evaluate(job);               // any thread
//   twin.accept(std::move(done), now);            // owner; there may be new jobs now
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/twin/follower.h"
#include "collector/twin/model.h"
#include "link_models/plant/line.h"
#include "link_models/plant/reported.h"
#include "link_models/result.h"

namespace caspilink::twin {

struct Job {
  std::size_t slot = 0;
  std::int64_t asked_unix_ns = 0;
  plant::Line line;
  plant::ReportedLine reported;
};

struct Evaluated {
  std::size_t slot = 0;
  std::int64_t asked_unix_ns = 0;
  Result<Model::BudgetPtr> budget;
  std::vector<std::string> remarks{};  // on what is reported: see plant::apply_settings
};

// Errors as of plant::as_reported and budget::evaluate.
[[nodiscard]] Evaluated evaluate(const Job& job);

struct TwinStatus {
  std::uint64_t evaluations = 0;
  std::uint64_t failures = 0;     // the direction keeps the model it had
  double last_delay_seconds = 0;  // from a change to the expectation that follows it

  friend bool operator==(const TwinStatus&, const TwinStatus&) = default;
};

class Twin {
 public:
  Twin(std::shared_ptr<const Model> designed, FollowSettings settings = {});

  // A transmit-side reading, newer than any of its place before.
  void observe(const fleet::Place& place, const fleet::Latest& latest);

  // Evaluations that are due. A direction that changes while it is evaluated comes again after.
  [[nodiscard]] std::vector<Job> take_jobs(std::int64_t now_unix_ns);

  // Moves the model, unless the evaluation failed: `what` then says so, and the old one stands.
  [[nodiscard]] Result<void> accept(Evaluated done, std::int64_t now_unix_ns);

  // Never null; a new one after each change.
  [[nodiscard]] std::shared_ptr<const Model> model() const { return model_; }
  [[nodiscard]] const TwinStatus& status() const { return status_; }

 private:
  std::shared_ptr<const Model> model_;
  Follower follower_;
  // What each direction's model stands for, or is about to; nothing while no light is sent.
  std::vector<std::optional<plant::ReportedLine>> reported_;
  std::vector<std::vector<std::string>> remarks_;  // of the settings it stands for
  std::vector<bool> due_;                          // changed since it was last asked for
  std::vector<bool> evaluating_;                   // asked for and not yet accepted
  std::optional<Amperes> feed_current_;
  TwinStatus status_;
};

}  // namespace caspilink::twin
