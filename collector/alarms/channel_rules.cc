#include "collector/alarms/channel_rules.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "collector/alarms/line_rules.h"

namespace caspilink::alarms {
namespace {

using assess::ChannelAssessment;
using assess::DirectionAssessment;

Condition not_sent(const DirectionAssessment& line, const ChannelAssessment& channel) {
  Condition silent{.key = sender_key(Type::kChannelNotSent, line, channel.number),
                   .severity = Severity::kMajor};
  if (!channel.sent_no_light) return silent;
  silent.state = *channel.sent_no_light ? State::kPresent : State::kAbsent;
  if (*channel.sent_no_light) {
    silent.text = fmt::format("{} {} channel {}: {} sends no light", line.fibre_pair,
                              plant::to_string(line.direction), channel.number, line.sender);
    silent.cause = {.element = fmt::format("transmitter {} of {} at {}", channel.number,
                                           line.fibre_pair, line.sender),
                    .text = "by its own reading"};
    silent.explained_by = {sender_key(Type::kLineNotSent, line)};
  }
  return silent;
}

Condition loss_of_light(const DirectionAssessment& line, const ChannelAssessment& channel) {
  Condition loss{.key = line_key(Type::kChannelLossOfLight, line, channel.number),
                 .severity = Severity::kMajor};
  if (!channel.no_light) return loss;
  loss.state = *channel.no_light ? State::kPresent : State::kAbsent;
  if (*channel.no_light) {
    loss.text = fmt::format("{} {} channel {}: no light at {}", line.fibre_pair,
                            plant::to_string(line.direction), channel.number, line.receiver);
    if (channel.sent_no_light == false) {
      loss.cause = {.element = fmt::format("channel {} of {} between {} and {}", channel.number,
                                           line.fibre_pair, line.sender, line.receiver),
                    .text = "it is sent and does not arrive: multiplexer, patch or receiver"};
    }
    loss.explained_by = {sender_key(Type::kChannelNotSent, line, channel.number),
                         sender_key(Type::kLineNotSent, line), line_key(Type::kLineCut, line)};
  }
  return loss;
}

// State of a magnitude against a threshold with hysteresis.
State against(double magnitude, double threshold, double hysteresis) {
  if (magnitude > threshold) return State::kPresent;
  return magnitude > threshold - hysteresis ? State::kDeadBand : State::kAbsent;
}

Severity severity_of(Db residual, const plant::AlarmThresholds& thresholds) {
  return std::abs(residual.value()) > thresholds.receive_power_residual_major.value()
             ? Severity::kMajor
             : Severity::kMinor;
}

// All channels together: what they have in common is the line's.
Condition line_power(const DirectionAssessment& line, const plant::AlarmThresholds& thresholds,
                     const std::vector<Key>& explanations) {
  Condition off{.key = line_key(Type::kLinePowerOff, line), .severity = Severity::kMinor};
  double smallest = 0;
  double sum = 0;
  int known = 0;
  int rising = 0;
  for (const ChannelAssessment& channel : line.channels) {
    const auto& power = channel.of(codec::Quantity::kChannelInputPower);
    if (!power) continue;
    const double residual = power->residual;
    smallest = known == 0 ? std::abs(residual) : std::min(smallest, std::abs(residual));
    sum += residual;
    rising += residual > 0 ? 1 : 0;
    ++known;
  }
  if (known < 2) return off;
  const bool one_way = rising == 0 || rising == known;
  off.state = one_way ? against(smallest, thresholds.receive_power_residual_minor.value(),
                                thresholds.receive_power_hysteresis.value())
                      : State::kAbsent;
  if (off.state == State::kPresent) {
    const Db mean(sum / known);
    off.severity = severity_of(mean, thresholds);
    off.text = fmt::format("{} {}: all {} known channels arrive {:+.1f} dB from the model at {}",
                           line.fibre_pair, plant::to_string(line.direction), known, mean.value(),
                           line.receiver);
    off.explained_by = explanations;
    off.explained_by.push_back(line_key(Type::kLineCut, line));
  }
  return off;
}

Condition channel_power(const DirectionAssessment& line, const ChannelAssessment& channel,
                        const plant::AlarmThresholds& thresholds) {
  Condition off{.key = line_key(Type::kReceivePowerOff, line, channel.number),
                .severity = Severity::kMinor};
  const auto& power = channel.of(codec::Quantity::kChannelInputPower);
  if (!power) return off;
  const Db residual(power->residual);
  off.state = against(std::abs(residual.value()), thresholds.receive_power_residual_minor.value(),
                      thresholds.receive_power_hysteresis.value());
  if (off.state == State::kPresent) {
    off.severity = severity_of(residual, thresholds);
    off.text = fmt::format("{} {} channel {}: receive power {:+.1f} dB from the model at {}",
                           line.fibre_pair, plant::to_string(line.direction), channel.number,
                           residual.value(), line.receiver);
    off.explained_by = {line_key(Type::kLinePowerOff, line), line_key(Type::kLineCut, line)};
  }
  return off;
}

void margins(const DirectionAssessment& line, const ChannelAssessment& channel,
             const plant::AlarmThresholds& thresholds, const std::vector<Key>& explanations,
             std::vector<Condition>& out) {
  Condition below{.key = line_key(Type::kBelowBudget, line, channel.number),
                  .severity = Severity::kCritical};
  Condition low{.key = line_key(Type::kMarginLow, line, channel.number),
                .severity = Severity::kMinor};
  if (channel.margin) {
    const Db margin = *channel.margin;
    const auto present = [&](Condition& condition, std::string_view limit, Db threshold) {
      condition.state = State::kPresent;
      condition.text =
          fmt::format("{} {} channel {}: margin {:.2f} dB at {}, {} is {:.2f} dB", line.fibre_pair,
                      plant::to_string(line.direction), channel.number, margin.value(),
                      line.receiver, limit, threshold.value());
      condition.explained_by = {line_key(Type::kReceivePowerOff, line, channel.number),
                                line_key(Type::kLinePowerOff, line)};
      const auto add = [&](const std::vector<Key>& keys) {
        condition.explained_by.insert(condition.explained_by.end(), keys.begin(), keys.end());
      };
      add(explanations);
      add(explaining_figures(line, channel.number));
      condition.explained_by.push_back(line_key(Type::kLineCut, line));
    };
    if (margin <= thresholds.q_margin_critical) {
      present(below, "the budget's limit", thresholds.q_margin_critical);
      low.state = State::kAbsent;  // the worse alarm says it
    } else {
      below.state = margin <= thresholds.q_margin_critical + thresholds.q_hysteresis
                        ? State::kDeadBand
                        : State::kAbsent;
      if (margin < thresholds.q_margin_minor) {
        if (margin < thresholds.q_margin_major) low.severity = Severity::kMajor;
        present(low, "the threshold", thresholds.q_margin_minor);
      } else {
        low.state = margin < thresholds.q_margin_minor + thresholds.q_hysteresis ? State::kDeadBand
                                                                                 : State::kAbsent;
      }
    }
  }
  out.push_back(std::move(below));
  out.push_back(std::move(low));
}

}  // namespace

void channel_conditions(const DirectionAssessment& line, const plant::AlarmThresholds& thresholds,
                        const Explanations& explanations, const std::set<Key>& standing,
                        std::vector<Condition>& out) {
  out.push_back(line_power(line, thresholds, explanations.equipment));
  for (const ChannelAssessment& channel : line.channels) {
    out.push_back(not_sent(line, channel));
    out.push_back(loss_of_light(line, channel));
    out.push_back(channel_power(line, channel, thresholds));
  }
  model_conditions(line, thresholds, explanations, standing, out);
  for (const ChannelAssessment& channel : line.channels) {
    margins(line, channel, thresholds, explanations.equipment, out);
  }
}

}  // namespace caspilink::alarms
