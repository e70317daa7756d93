#include "proto/codec/reload.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/telemetry.pb.h"

namespace caspilink::codec {
namespace {

namespace wire = telemetry::v1;
using Outcome = ReloadAnswer::Outcome;

// Not inside a character.
std::string cut(const std::string& text) {
  if (text.size() <= kLongestDifference) return text;
  std::size_t end = kLongestDifference - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

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
  wire.set_detail(cut(answer.detail));
  const std::size_t all = answer.differences.size();
  const std::size_t told = all <= kMostDifferences ? all : kMostDifferences - 1;
  for (std::size_t index = 0; index < told; ++index) {
    wire.add_differences(cut(answer.differences[index]));
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
