#include "agent/sources/snmp/poll.h"

#include <algorithm>
#include <utility>

namespace caspilink::snmp {

Poll::Poll(Session& session, const Questions& questions, PollLimits limits, Finished finished)
    : session_(session),
      limits_(limits),
      finished_(std::move(finished)),
      objects_(questions.objects.rbegin(), questions.objects.rend()),
      columns_(questions.columns.rbegin(), questions.columns.rend()),
      repetitions_(limits.max_repetitions) {}

void Poll::start() { next(); }

void Poll::next() {
  if (!objects_.empty()) return ask_objects();
  if (!columns_.empty()) {
    last_ = columns_.back();
    return walk();
  }
  // What is called may end this object.
  const Finished finished = std::move(finished_);
  finished(std::move(answers_));
}

void Poll::ask_objects() {
  const std::size_t count = std::min(objects_.size(), objects_at_once_);
  std::vector<Oid> asked(objects_.rbegin(), objects_.rbegin() + static_cast<std::ptrdiff_t>(count));
  session_.get(asked, [this, asked](Answer answer) {
    if (!answer) {
      const Finished finished = std::move(finished_);
      return finished(tl::unexpected(answer.error()));
    }
    take_objects(asked, *answer);
    next();
  });
}

void Poll::take_objects(const std::vector<Oid>& asked, const Response& response) {
  if (response.error_status == kTooBig && asked.size() > 1) {
    objects_at_once_ = asked.size() / 2;  // and ask again
    return;
  }
  if (response.error_status != 0) {
    ++answers_.troubles["agent_error"];
    // One bad object fails the whole question: the others are asked for without it.
    const auto index = static_cast<std::size_t>(std::max(response.error_index, 0));
    if (index >= 1 && index <= asked.size()) {
      std::erase(objects_, asked[index - 1]);
      return;
    }
  } else {
    for (const Binding& binding : response.bindings) {
      if (std::ranges::find(asked, binding.oid) != asked.end()) {
        answers_.objects[binding.oid] = binding.value;
      }
    }
  }
  objects_.resize(objects_.size() - asked.size());
}

void Poll::walk() {
  session_.get_bulk(last_, repetitions_, [this](Answer answer) {
    if (!answer) {
      const Finished finished = std::move(finished_);
      return finished(tl::unexpected(answer.error()));
    }
    take_rows(*answer) ? walk() : next();
  });
}

void Poll::end_column(bool whole) {
  answers_.columns[columns_.back()].whole = whole;
  columns_.pop_back();
}

bool Poll::take_rows(const Response& response) {
  const auto end = [this](bool whole) {
    end_column(whole);
    return false;
  };
  const Oid column = columns_.back();
  Walked& walked = answers_.columns[column];
  if (response.error_status == kTooBig && repetitions_ > 1) {
    repetitions_ /= 2;
    return true;
  }
  if (response.error_status != 0) {
    ++answers_.troubles["agent_error"];
    return end(false);
  }
  if (response.bindings.empty()) return end(true);
  for (const Binding& binding : response.bindings) {
    const auto index = binding.oid.below(column);
    if (binding.value.kind == Value::Kind::kEndOfMib || !index) return end(true);
    if (binding.oid <= last_) {
      ++answers_.troubles["not_increasing"];
      return end(false);
    }
    if (walked.rows.size() == limits_.max_rows) {
      ++answers_.troubles["too_many_rows"];
      return end(false);
    }
    walked.rows.emplace(*index, binding.value);
    last_ = binding.oid;
  }
  return true;
}

}  // namespace caspilink::snmp
