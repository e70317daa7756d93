#include "link_models/budget/link_budget.h"

namespace caspilink::budget {

Result<LinkBudget> evaluate(const plant::Line&, const EvaluateOptions&) {
  return fail(ErrorCode::kInternal, "", "not built yet");
}

const ChannelBudget* worst_channel(const LinkBudget& budget) {
  const ChannelBudget* worst = nullptr;
  for (const ChannelBudget& channel : budget.channels) {
    if (channel.lit && (worst == nullptr || channel.margin_eol < worst->margin_eol)) {
      worst = &channel;
    }
  }
  return worst;
}

const ChannelBudget* find_channel(const LinkBudget& budget, int number) {
  for (const ChannelBudget& channel : budget.channels) {
    if (channel.number == number) return &channel;
  }
  return nullptr;
}

}  // namespace caspilink::budget
