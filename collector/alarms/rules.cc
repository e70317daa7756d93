#include "collector/alarms/rules.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace caspilink::alarms {
namespace {

using assess::ChannelAssessment;
using assess::DirectionAssessment;

Key key_of(Type type, const DirectionAssessment& line, std::uint32_t channel = 0) {
  return {.type = type,
          .station = {},
          .fibre_pair = line.fibre_pair,
          .direction = line.direction,
          .channel = channel};
}

Condition line_cut(const DirectionAssessment& line) {
  Condition cut{.key = key_of(Type::kLineCut, line),
                .state = State::kUnknown,
                .severity = Severity::kCritical};
  const auto dark = [](const ChannelAssessment& channel) { return channel.no_light == true; };
  const auto light = [](const ChannelAssessment& channel) { return channel.no_light == false; };
  const auto silenced = [](const ChannelAssessment& channel) {
    return channel.sent_no_light == true;
  };
  const bool any_channel = !line.channels.empty();
  const bool all_dark = any_channel && std::ranges::all_of(line.channels, dark);
  if (std::ranges::any_of(line.channels, light)) {
    cut.state = State::kAbsent;
  } else if (line.sent_no_light == true ||
             (any_channel && std::ranges::all_of(line.channels, silenced))) {
    // Nothing is sent: a fault of the sending terminal, whatever the line is like.
    cut.state = State::kAbsent;
  } else if (all_dark || line.no_light == true) {
    cut.state = State::kPresent;
    cut.text = fmt::format("{} {}: no light from {} at {} ({})", line.fibre_pair,
                           plant::to_string(line.direction), line.sender, line.receiver,
                           all_dark && line.no_light == true ? "line port and every lit channel"
                           : all_dark                        ? "every lit channel"
                                                             : "line port");
  }
  return cut;
}

Condition loss_of_light(const DirectionAssessment& line, const ChannelAssessment& channel) {
  Condition loss{.key = key_of(Type::kChannelLossOfLight, line, channel.number),
                 .state = State::kUnknown,
                 .severity = Severity::kMajor,
                 .text = {},
                 .masked_by = key_of(Type::kLineCut, line)};
  if (!channel.no_light) return loss;
  loss.state = *channel.no_light ? State::kPresent : State::kAbsent;
  if (*channel.no_light) {
    loss.text = fmt::format(
        "{} {} channel {}: no light at {}{}", line.fibre_pair, plant::to_string(line.direction),
        channel.number, line.receiver,
        channel.sent_no_light == true ? fmt::format(", and {} sends none", line.sender) : "");
  }
  return loss;
}

void margin_conditions(const DirectionAssessment& line, const ChannelAssessment& channel,
                       const plant::AlarmThresholds& thresholds, std::vector<Condition>& out) {
  Condition low{.key = key_of(Type::kMarginLow, line, channel.number),
                .state = State::kUnknown,
                .severity = Severity::kMinor};
  Condition below{.key = key_of(Type::kBelowBudget, line, channel.number),
                  .state = State::kUnknown,
                  .severity = Severity::kCritical};
  if (channel.margin) {
    const Db margin = *channel.margin;
    const auto text = [&](std::string_view limit, Db threshold) {
      return fmt::format("{} {} channel {}: margin {:.2f} dB at {}, {} is {:.2f} dB",
                         line.fibre_pair, plant::to_string(line.direction), channel.number,
                         margin.value(), line.receiver, limit, threshold.value());
    };
    if (margin <= thresholds.q_margin_critical) {
      below.state = State::kPresent;
      below.text = text("the budget's limit", thresholds.q_margin_critical);
      low.state = State::kAbsent;  // the worse alarm says it
    } else {
      below.state = margin <= thresholds.q_margin_critical + thresholds.q_hysteresis
                        ? State::kDeadBand
                        : State::kAbsent;
      if (margin < thresholds.q_margin_minor) {
        low.state = State::kPresent;
        if (margin < thresholds.q_margin_major) low.severity = Severity::kMajor;
        low.text = text("the threshold", thresholds.q_margin_minor);
      } else {
        low.state = margin < thresholds.q_margin_minor + thresholds.q_hysteresis ? State::kDeadBand
                                                                                 : State::kAbsent;
      }
    }
  }
  out.push_back(std::move(low));
  out.push_back(std::move(below));
}

Condition latency(const assess::PathAssessment& path, const plant::AlarmThresholds& thresholds) {
  Condition off{.key = {.type = Type::kLatencyOffBudget,
                        .station = path.station,
                        .fibre_pair = path.fibre_pair},
                .state = State::kUnknown,
                .severity = Severity::kMinor};
  if (!path.residual) return off;
  const double one_way = std::abs(path.residual->value()) / 2;
  if (one_way > thresholds.latency_tolerance.value()) {
    off.state = State::kPresent;
    off.text = fmt::format(
        "{} from {} to {}: round trip {:+.1f} us from its budget of {:.1f} us, tolerance {:.1f} us",
        path.fibre_pair, path.station, path.peer, path.residual->value() * 1e6,
        path.expected.value() * 1e6, thresholds.latency_tolerance.value() * 2e6);
  } else {
    off.state = one_way > (thresholds.latency_tolerance - thresholds.latency_hysteresis).value()
                    ? State::kDeadBand
                    : State::kAbsent;
  }
  return off;
}

Condition silence(const assess::StationAssessment& station, std::int64_t now) {
  Condition silent{.key = {.type = Type::kAgentSilent, .station = station.station},
                   .state = station.silent ? State::kPresent : State::kAbsent,
                   .severity = Severity::kMajor};
  if (station.silent) {
    silent.text = station.newest_sample_unix_ns
                      ? fmt::format("{}: newest sample is {} s old", station.station,
                                    (now - *station.newest_sample_unix_ns) / 1'000'000'000)
                      : fmt::format("{}: no sample since the collector started", station.station);
  }
  return silent;
}

}  // namespace

std::vector<Condition> conditions_of(const assess::Assessment& assessment,
                                     const plant::AlarmThresholds& thresholds) {
  std::vector<Condition> conditions;
  for (const DirectionAssessment& line : assessment.directions) {
    conditions.push_back(line_cut(line));
    for (const ChannelAssessment& channel : line.channels) {
      conditions.push_back(loss_of_light(line, channel));
      margin_conditions(line, channel, thresholds, conditions);
    }
  }
  for (const auto& path : assessment.paths) conditions.push_back(latency(path, thresholds));
  for (const auto& station : assessment.stations) {
    conditions.push_back(silence(station, assessment.time_unix_ns));
  }
  return conditions;
}

}  // namespace caspilink::alarms
