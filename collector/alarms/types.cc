#include "collector/alarms/types.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace caspilink::alarms {
namespace {

constexpr auto kTable = std::to_array<TypeInfo>({
    {Type::kStoreFailing, "store_failing", "store", "-", "critical", 1, 1,
     "the collector's store cannot write: nothing is acknowledged, agents keep what they have"},
    {Type::kClockOff, "clock_off", "clock", "station", "minor", 1, 1,
     "a station's clock differs from the collector's by more than is allowed"},
    {Type::kAgentSilent, "agent_silent", "agent", "station", "major", 1, 1,
     "no telemetry from a station; says nothing about the line"},
    {Type::kSourceSilent, "source_silent", "agent", "station, source", "minor", 1, 1,
     "one source of an agent has stopped while others speak"},
    {Type::kCableCut, "cable_cut", "line", "-", "critical", 1.0 / 3, 1,
     "no fibre pair shows light in either direction, and more than one is dark in both"},
    {Type::kPowerFeedFault, "power_feed_fault", "power feed", "-", "critical", 1, 1,
     "feeding voltage and current show current leaving the cable's conductor, or none flowing"},
    {Type::kPowerFeedOff, "power_feed_off", "power feed", "station, element, qualifier",
     "minor, major", 1, 1,
     "a feeding voltage or current is off what the line needs; the qualifier says which"},
    {Type::kStationDark, "station_dark", "line", "station", "critical", 1, 1,
     "no light from one station on any fibre pair; the other way is lit or not known"},
    {Type::kFibrePairCut, "fibre_pair_cut", "line", "fibre pair", "critical", 2.0 / 3, 1,
     "both directions of a fibre pair arrive without light"},
    {Type::kLineNotSent, "line_not_sent", "line", "station, fibre pair, direction", "critical", 1,
     1, "the sending terminal itself says that no light leaves it"},
    {Type::kLineCut, "line_cut", "line", "fibre pair, direction", "critical", 1, 1,
     "one direction arrives without light though it is sent"},
    {Type::kPumpOff, "pump_off", "pump", "station, fibre pair, direction, element", "minor, major",
     1, 1, "a pump gives less than it should, or reflects too much"},
    {Type::kRopaOff, "ropa_off", "ROPA", "fibre pair, direction, element", "major", 1, 1,
     "a remote amplifier has less gain than its pump should give it"},
    {Type::kAmplifierOff, "amplifier_off", "amplifier",
     "station, fibre pair, direction, element, qualifier", "minor, major", 1, 1,
     "gain or output power of a repeater or terminal amplifier is off; the qualifier says which"},
    {Type::kSpanLossHigh, "span_loss_high", "line", "fibre pair, direction, element",
     "minor, major", 1, 1, "a span loses more than modelled"},
    {Type::kLinePowerOff, "line_power_off", "line", "fibre pair, direction", "minor, major", 1, 1,
     "every channel of a direction arrives weaker, or stronger, than modelled: loss, pump or "
     "amplifier on the way"},
    {Type::kLineOffModel, "line_off_model", "line", "fibre pair, direction, qualifier",
     "minor, major", 1, 1,
     "a figure of every channel of a direction is off its model though levels are not: noise, "
     "dispersion, launch power, Q; the qualifier says which"},
    {Type::kChannelNotSent, "channel_not_sent", "channel",
     "station, fibre pair, direction, channel", "major", 1, 1,
     "a transmitter says that it sends no light"},
    {Type::kChannelLossOfLight, "channel_loss_of_light", "channel",
     "fibre pair, direction, channel", "major", 1, 1,
     "one channel arrives without light, others of its direction arrive"},
    {Type::kReceivePowerOff, "receive_power_off", "channel", "fibre pair, direction, channel",
     "minor, major", 1, 1, "one channel's receive power is off its model, others' is not"},
    {Type::kChannelOffModel, "channel_off_model", "channel",
     "fibre pair, direction, channel, qualifier", "minor, major", 1, 1,
     "such a figure of one channel is off its model, others' is not; the qualifier says which"},
    {Type::kBelowBudget, "below_budget", "channel", "fibre pair, direction, channel", "critical", 1,
     1, "Q is at or under the error correction's limit"},
    {Type::kMarginLow, "margin_low", "channel", "fibre pair, direction, channel", "minor, major", 1,
     1, "Q is over the limit but under the plant's threshold"},
    {Type::kPathLost, "path_lost", "latency", "station, fibre pair", "major", 1, 1,
     "no latency probe of a station is answered"},
    {Type::kLatencyOffBudget, "latency_off_budget", "latency", "station, fibre pair", "minor", 1, 1,
     "half the round trip differs from the plant's by more than the tolerance"},
    {Type::kProtectionSwitched, "protection_switched", "protection switch", "station, element",
     "minor", 1, 1, "traffic is not on its working path"},
    {Type::kBaselineDrift, "baseline_drift", "trend", "fibre pair, direction, qualifier", "warning",
     1, 1, "a quantity has drifted from its own baseline, before any threshold is reached"},
    {Type::kThresholdCrossed, "threshold_crossed", "performance",
     "fibre pair, direction, channel, qualifier", "warning", 0, 1,
     "a performance count reached its threshold within a bin; the qualifier names both"},
});

static_assert(kTable.size() == kTypeCount);
static_assert([] {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].type) != i) return false;
  }
  return true;
}());

}  // namespace

std::span<const TypeInfo> types() { return kTable; }

const TypeInfo& info(Type type) { return kTable[static_cast<std::size_t>(type)]; }

std::string_view to_string(Type type) { return info(type).name; }

std::optional<Type> type_from_string(std::string_view text) {
  const auto found = std::ranges::find(kTable, text, &TypeInfo::name);
  return found == kTable.end() ? std::nullopt : std::optional(found->type);
}

std::string types_table() {
  std::string table =
      "| Alarm type | Group | Resource | Severity | Hold-off | Means "
      "|\n|---|---|---|---|---|---|\n";
  for (const TypeInfo& row : kTable) {
    table += fmt::format("| `{}` | {} | {} | {} | {:.2g} | {} |\n", row.name, row.group,
                         row.resource, row.severities, row.raise_factor, row.meaning);
  }
  return table;
}

}  // namespace caspilink::alarms
