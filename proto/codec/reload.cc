#include "proto/codec/reload.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/codec/text.h"
#include "proto/telemetry.pb.h"

namespace caspilink::codec {
namespace {

namespace wire = telemetry::v1;
using Outcome = ReloadAnswer::Outcome;

std::string line_of(const std::string& text) { return cut(utf8(text), kLongestDifference, "..."); }

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kApplied:
      return "applied";
    case Outcome::kUnchanged:
      return "unchanged";
    case Outcome::kRefused:
      break;
  }
  return "refused";
}

void encode(const ReloadAnswer& answer, wire::Reloaded& wire) {
  wire.set_request(answer.request);
  wire.set_outcome(answer.outcome == Outcome::kApplied     ? wire::Reloaded::OUTCOME_APPLIED
                   : answer.outcome == Outcome::kUnchanged ? wire::Reloaded::OUTCOME_UNCHANGED
                                                           : wire::Reloaded::OUTCOME_REFUSED);
  wire.set_detail(line_of(answer.detail));
  const std::size_t all = answer.differences.size();
  const std::size_t told = all <= kMostDifferences ? all : kMostDifferences - 1;
  for (std::size_t index = 0; index < told; ++index) {
    wire.add_differences(line_of(answer.differences[index]));
  }
  if (told < all) wire.add_differences(fmt::format("and {} more, see the agent's log", all - told));
}

Result<ReloadAnswer> decode(const wire::Reloaded& wire) {
  ReloadAnswer answer{.request = wire.request(), .detail = wire.detail()};
  switch (wire.outcome()) {
    case wire::Reloaded::OUTCOME_APPLIED:
      answer.outcome = Outcome::kApplied;
      break;
    case wire::Reloaded::OUTCOME_UNCHANGED:
      answer.outcome = Outcome::kUnchanged;
      break;
    case wire::Reloaded::OUTCOME_REFUSED:
      answer.outcome = Outcome::kRefused;
      break;
    default:
      return fail(ErrorCode::kInvalidInput, "reloaded", "an outcome that is not known");
  }
  answer.differences.assign(wire.differences().begin(), wire.differences().end());
  const auto is_long = [](const std::string& text) { return text.size() > kLongestDifference; };
  if (answer.differences.size() > kMostDifferences || is_long(answer.detail) ||
      std::ranges::any_of(answer.differences, is_long)) {
    return fail(ErrorCode::kInvalidInput, "reloaded",
                fmt::format("expected at most {} differences of at most {} bytes", kMostDifferences,
                            kLongestDifference));
  }
  return answer;
}

}  // namespace caspilink::codec
