#include "collector/alarms/drift_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "collector/alarms/line_rules.h"

namespace caspilink::alarms {
namespace {

Condition drift(const assess::DirectionAssessment& line, const char* qualifier,
                const std::optional<Db>& from_month_ago) {
  Condition condition{.key = line_key(Type::kBaselineDrift, line), .severity = Severity::kWarning};
  condition.key.qualifier = qualifier;
  if (!from_month_ago) return condition;
  const Db worse = -*from_month_ago;
  condition.state = worse >= kDriftRaise  ? State::kPresent
                    : worse > kDriftClear ? State::kDeadBand
                                          : State::kAbsent;
  if (condition.state == State::kPresent) {
    condition.text = fmt::format("{} {}: {} is {:.2f} dB worse than a month ago", line.fibre_pair,
                                 plant::to_string(line.direction), qualifier, worse.value());
    condition.explained_by = {line_key(Type::kLinePowerOff, line), line_key(Type::kLineCut, line)};
  }
  return condition;
}

}  // namespace

void drift_conditions(const assess::Assessment& assessment, std::vector<Condition>& out) {
  for (const assess::DirectionAssessment& line : assessment.directions) {
    out.push_back(drift(line, "margin", assess::margin_from_month_ago(line)));
    out.push_back(drift(line, "receive_power", line.receive_power_from_month_ago));
  }
}

}  // namespace caspilink::alarms
