// Conditions of fibre: cuts at three widths, stations and lines that send nothing. rules.h says
// what they mean.
#pragma once

#include <string>
#include <vector>

#include "collector/alarms/engine.h"
#include "collector/assess/assess.h"

namespace caspilink::alarms {

// Cuts, and what stations do not send.
void cut_conditions(const assess::Assessment& assessment, std::vector<Condition>& out);

[[nodiscard]] Key line_key(Type type, const assess::DirectionAssessment& line,
                           std::uint32_t channel = 0);
// Of what the sending station itself reports.
[[nodiscard]] Key sender_key(Type type, const assess::DirectionAssessment& line,
                             std::uint32_t channel = 0);
// The cuts that would explain what is missing on a fibre pair, nearest first.
[[nodiscard]] std::vector<Key> cuts_of(const std::string& fibre_pair);

}  // namespace caspilink::alarms
