#include "collector/assess/look.h"

#include <algorithm>
#include <array>

namespace caspilink::assess {
namespace {

using codec::Quantity;
using fleet::Place;

// What the book keeps: what ages, and what tells where.
constexpr std::array kOfChannels = {Quantity::kQValue, Quantity::kChannelInputPower};
constexpr std::array kOfLines = {Quantity::kLineInputPower,    Quantity::kAmplifierGain,
                                 Quantity::kAmplifierGainTilt, Quantity::kRepeaterGain,
                                 Quantity::kRepeaterGainTilt,  Quantity::kSpanLoss};

}  // namespace

void look(const Assessment& assessment, twin::BaselineBook& baselines) {
  const std::int64_t now = assessment.time_unix_ns;
  const auto enter = [&](const Place& place, const Deviation& found, bool healthy) {
    baselines.track(place).look(now, found.observed, healthy, baselines.settings());
  };
  for (const DirectionAssessment& line : assessment.directions) {
    const bool healthy = line.verdict == Verdict::kWithinBudget;
    Place place{
        .station = line.receiver, .fibre_pair = line.fibre_pair, .direction = line.direction};
    for (const ChannelAssessment& channel : line.channels) {
      place.channel = channel.number;
      for (const Quantity quantity : kOfChannels) {
        place.quantity = quantity;
        if (const auto& found = channel.of(quantity)) enter(place, *found, healthy);
      }
    }
    place.channel = 0;
    for (const LineFigure& figure : line.figures) {
      // A booster is the sender's, and held at a power.
      if (std::ranges::find(kOfLines, figure.quantity) == kOfLines.end() ||
          figure.element == "booster") {
        continue;
      }
      place.quantity = figure.quantity;
      place.element = figure.element;
      enter(place, figure.deviation, healthy);
    }
  }
  for (const PowerFeedAssessment& feed : assessment.power_feeds) {
    if (!feed.voltage) continue;
    enter({.quantity = Quantity::kPowerFeedVoltage, .station = feed.station}, *feed.voltage,
          feed.verdict == Verdict::kWithinBudget);
  }
}

}  // namespace caspilink::assess
