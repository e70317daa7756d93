#include "collector/alarms/model_rules.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "collector/alarms/line_rules.h"
#include "link_models/physics/q_factor.h"
#include "proto/codec/quantity.h"

namespace caspilink::alarms {
namespace {

using assess::ChannelAssessment;
using assess::Deviation;
using assess::DirectionAssessment;
using codec::Quantity;

enum class By : std::uint8_t {
  kNothing,     // its own equipment
  kAmplifiers,  // at the terminals and on the way
  kLight,       // these, and what levels say
  kPath,        // the fibre that is taken
};

struct Row {
  Quantity quantity;
  std::string_view what;
  int rank;  // one of a lower rank explains it
  By by;
  bool is_margin;  // says what the margin says: the margin's own alarms go before it
};

// Received power has types of its own, in channel_rules.cc.
constexpr auto kRows = std::to_array<Row>({
    {Quantity::kChannelOutputPower, "launch power", 0, By::kNothing, false},
    {Quantity::kMonitoredChannelLaunchPower, "monitored launch power", 1, By::kAmplifiers, false},
    {Quantity::kMonitoredChannelPower, "monitored power", 2, By::kLight, false},
    {Quantity::kChromaticDispersion, "chromatic dispersion", 3, By::kPath, false},
    {Quantity::kPolarizationModeDispersion, "PMD", 3, By::kPath, false},
    {Quantity::kPolarizationDependentLoss, "PDL", 3, By::kPath, false},
    {Quantity::kOsnr, "OSNR", 3, By::kLight, false},
    {Quantity::kQValue, "Q", 4, By::kLight, true},
    {Quantity::kEsnr, "ESNR", 5, By::kLight, true},
    {Quantity::kPreFecBer, "pre-FEC BER", 5, By::kLight, true},
});

// Strain at which an alarm that stands may clear.
constexpr double kClear = 0.8;
// Channels that have less in common than this are single ones.
constexpr std::size_t kLeastInCommon = 2;

State state_of(double strain) {
  return strain > 1 ? State::kPresent : strain > kClear ? State::kDeadBand : State::kAbsent;
}

Severity severity_of(const Deviation& found) {
  return found.verdict == assess::Verdict::kBelowBudget ? Severity::kMajor : Severity::kMinor;
}

Key key_of(const Row& row, const DirectionAssessment& line, std::uint32_t channel = 0) {
  Key key = line_key(channel == 0 ? Type::kLineOffModel : Type::kChannelOffModel, line, channel);
  key.qualifier = codec::info(row.quantity).name;
  return key;
}

std::string figures_of(const Row& row, const Deviation& found) {
  if (row.quantity == Quantity::kPreFecBer) {
    return fmt::format("{} {:.2e}, {:.2e} expected", row.what, found.observed, found.expected);
  }
  return fmt::format("{} {:.2f} {}, {:.2f} ± {:.2f} expected", row.what, found.observed,
                     codec::info(row.quantity).unit, found.expected, found.uncertainty);
}

std::string_view seen_at(const Row& row, const DirectionAssessment& line) {
  const bool sent = codec::info(row.quantity).side == codec::Side::kTransmit;
  return sent ? line.sender : line.receiver;
}

// Errors and Q of one receiver are one measurement; where one of them is off and the other is not,
// a reading is wrong.
bool contradicts_q(const Row& row, const ChannelAssessment& channel) {
  const auto& q = channel.of(Quantity::kQValue);
  return row.quantity == Quantity::kPreFecBer && q && q->strain <= kClear;
}

std::vector<Key> explanations_of(const Row& row, const DirectionAssessment& line,
                                 std::uint32_t channel, const Explanations& given) {
  std::vector<Key> keys;
  if (channel != 0) keys.push_back(key_of(row, line));
  for (const Row& cause : kRows) {
    if (cause.rank >= row.rank) continue;
    if (channel != 0) keys.push_back(key_of(cause, line, channel));
    keys.push_back(key_of(cause, line));
  }
  if (row.by == By::kLight) {
    if (channel != 0) keys.push_back(line_key(Type::kReceivePowerOff, line, channel));
    keys.push_back(line_key(Type::kLinePowerOff, line));
  }
  if (row.by == By::kLight || row.by == By::kAmplifiers) {
    keys.insert(keys.end(), given.equipment.begin(), given.equipment.end());
  } else if (row.by == By::kPath) {
    keys.insert(keys.end(), given.switches.begin(), given.switches.end());
  }
  keys.push_back(line_key(Type::kLineCut, line));
  return keys;
}

// A channel whose margin has an alarm says no more by its Q.
bool told_by_margin(const Row& row, const ChannelAssessment& channel,
                    const plant::AlarmThresholds& thresholds) {
  return row.is_margin && channel.margin && *channel.margin < thresholds.q_margin_minor;
}

Condition of_line(const Row& row, const DirectionAssessment& line,
                  const Explanations& explanations) {
  Condition off{.key = key_of(row, line), .severity = Severity::kMinor};
  const Deviation* least = nullptr;
  std::size_t known = 0;
  std::size_t above = 0;
  std::size_t contradictions = 0;
  for (const ChannelAssessment& channel : line.channels) {
    const auto& found = channel.of(row.quantity);
    if (!found) continue;
    ++known;
    above += found->residual > 0 ? 1 : 0;
    contradictions += contradicts_q(row, channel) ? 1 : 0;
    if (least == nullptr || found->strain < least->strain) least = &*found;
  }
  if (least == nullptr) return off;
  const State state = state_of(least->strain);
  const bool one_way = above == 0 || above == known;
  if (!one_way || state == State::kAbsent) {
    off.state = State::kAbsent;
  } else if (known >= kLeastInCommon) {
    off.state = state;
  }
  if (off.state != State::kPresent) return off;
  off.severity = severity_of(*least);
  off.text = fmt::format("{} {}: {} of all {} known channels is off at {}, of the best by: {}",
                         line.fibre_pair, plant::to_string(line.direction), row.what, known,
                         seen_at(row, line), figures_of(row, *least));
  if (contradictions == known) {
    off.cause.text = "their Q is as expected: the two contradict each other";
  }
  off.explained_by = explanations_of(row, line, 0, explanations);
  return off;
}

void of_channels(const Row& row, const DirectionAssessment& line,
                 const plant::AlarmThresholds& thresholds, const Explanations& explanations,
                 const std::set<Key>& standing, std::vector<Condition>& out) {
  const Key first = key_of(row, line, 1);
  for (const ChannelAssessment& channel : line.channels) {
    if (!channel.of(row.quantity)) continue;
    const auto& found = channel.of(row.quantity);
    const State state =
        told_by_margin(row, channel, thresholds) ? State::kAbsent : state_of(found->strain);
    if (state == State::kAbsent && standing.empty()) continue;
    Condition off{.key = first, .state = state, .severity = Severity::kMinor};
    off.key.channel = channel.number;
    if (state == State::kAbsent && !standing.contains(off.key)) continue;
    if (state == State::kPresent) {
      off.severity = severity_of(*found);
      off.text = fmt::format("{} {} channel {}: {}, at {}", line.fibre_pair,
                             plant::to_string(line.direction), channel.number,
                             figures_of(row, *found), seen_at(row, line));
      if (contradicts_q(row, channel)) {
        off.cause.text =
            fmt::format("its Q of {:.2f} dB is as expected and stands for {:.2e}",
                        channel.of(Quantity::kQValue)->observed,
                        physics::ber_from_q(Db(channel.of(Quantity::kQValue)->observed)));
      }
      off.explained_by = explanations_of(row, line, channel.number, explanations);
    }
    out.push_back(std::move(off));
  }
}

}  // namespace

void model_conditions(const DirectionAssessment& line, const plant::AlarmThresholds& thresholds,
                      const Explanations& explanations, const std::set<Key>& standing,
                      std::vector<Condition>& out) {
  for (const Row& row : kRows) {
    const bool read = std::ranges::binary_search(line.quantities, row.quantity, {},
                                                 &assess::QuantityAssessment::quantity);
    if (!read) continue;
    out.push_back(of_line(row, line, explanations));
    of_channels(row, line, thresholds, explanations, standing, out);
  }
}

std::vector<Key> explaining_figures(const DirectionAssessment& line, std::uint32_t channel) {
  std::vector<Key> keys;
  for (const Row& row : kRows) {
    if (!row.is_margin) keys.push_back(key_of(row, line, channel));
    keys.push_back(key_of(row, line));
  }
  return keys;
}

Key dispersion_key(const DirectionAssessment& line) {
  Key key = line_key(Type::kLineOffModel, line);
  key.qualifier = codec::info(Quantity::kChromaticDispersion).name;
  return key;
}

}  // namespace caspilink::alarms
