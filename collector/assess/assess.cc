#include "collector/assess/assess.h"

#include <cmath>

namespace caspilink::assess {
namespace {

using codec::Quantity;
using codec::Reading;
using fleet::Place;

// Reads the fleet as of one moment.
class View {
 public:
  View(const fleet::Fleet& fleet, const Settings& settings, std::int64_t now)
      : fleet_(fleet), staleness_(settings.staleness_ns), now_(now) {}

  [[nodiscard]] std::optional<double> value(const Place& place) const {
    const auto latest = fleet_.fresh(place, now_, staleness_);
    if (!latest || latest->reading != Reading::kValue) return std::nullopt;
    return latest->value;
  }

  // Whether a power reading says that no light is there; below range, some is.
  [[nodiscard]] std::optional<bool> no_light(const Place& place) const {
    const auto latest = fleet_.fresh(place, now_, staleness_);
    if (!latest) return std::nullopt;
    switch (latest->reading) {
      case Reading::kNoLight:
        return true;
      case Reading::kValue:
      case Reading::kBelowRange:
        return false;
      default:
        return std::nullopt;
    }
  }

 private:
  const fleet::Fleet& fleet_;
  std::int64_t staleness_;
  std::int64_t now_;
};

Place at(Quantity quantity, const std::string& station, const DirectionAssessment& line,
         std::uint32_t channel = 0) {
  return {.quantity = quantity,
          .station = station,
          .fibre_pair = line.fibre_pair,
          .direction = line.direction,
          .channel = channel,
          .element = {},
          .peer = {}};
}

ChannelAssessment assess_channel(const View& view, const DirectionAssessment& line,
                                 const budget::ChannelBudget& budget, Db fec_q_limit,
                                 const plant::AlarmThresholds& thresholds) {
  ChannelAssessment channel;
  channel.number = static_cast<std::uint32_t>(budget.number);
  channel.no_light =
      view.no_light(at(Quantity::kChannelInputPower, line.receiver, line, channel.number));
  channel.sent_no_light =
      view.no_light(at(Quantity::kChannelOutputPower, line.sender, line, channel.number));
  channel.expected_margin = budget.q - fec_q_limit;
  if (channel.no_light.value_or(false)) {
    channel.verdict = Verdict::kBelowBudget;
    return channel;
  }
  if (const auto power =
          view.value(at(Quantity::kChannelInputPower, line.receiver, line, channel.number))) {
    channel.power_residual = Dbm(*power) - budget.signal_power;
  }
  if (const auto q = view.value(at(Quantity::kQValue, line.receiver, line, channel.number))) {
    channel.margin = Db(*q) - fec_q_limit;
    channel.verdict = verdict_of(*channel.margin, thresholds);
  }
  return channel;
}

DirectionAssessment assess_direction(const Model& model, const View& view,
                                     const std::string& fibre_pair, plant::Direction direction) {
  const plant::Plant& plant = model.plant();
  DirectionAssessment line{.fibre_pair = fibre_pair,
                           .direction = direction,
                           .sender = plant::sender(plant, direction).id,
                           .receiver = plant::receiver(plant, direction).id};
  line.no_light = view.no_light(at(Quantity::kLineInputPower, line.receiver, line));
  line.sent_no_light = view.no_light(at(Quantity::kLineOutputPower, line.sender, line));
  const budget::LinkBudget& budget = model.budget(fibre_pair, direction);
  for (const budget::ChannelBudget& channel : budget.channels) {
    if (!channel.lit) continue;
    line.channels.push_back(
        assess_channel(view, line, channel, budget.fec_q_limit, plant.thresholds));
    const ChannelAssessment& judged = line.channels.back();
    if (judged.margin && (!line.margin || *judged.margin < *line.margin)) {
      line.margin = judged.margin;
    }
    line.verdict = line.channels.size() == 1 ? judged.verdict : worse(line.verdict, judged.verdict);
  }
  return line;
}

PathAssessment assess_path(const Model& model, const View& view, const std::string& fibre_pair,
                           const plant::Station& station, const plant::Station& peer) {
  PathAssessment path{.station = station.id,
                      .fibre_pair = fibre_pair,
                      .peer = peer.id,
                      .expected = model.round_trip(fibre_pair)};
  const auto observed = [&](Quantity quantity) {
    return view.value({.quantity = quantity,
                       .station = path.station,
                       .fibre_pair = fibre_pair,
                       .direction = std::nullopt,
                       .channel = 0,
                       .element = {},
                       .peer = path.peer});
  };
  // The minimum of an interval is what the path itself takes; the median has queues in it.
  auto round_trip = observed(Quantity::kRoundTripDelayMinimum);
  if (!round_trip) round_trip = observed(Quantity::kRoundTripDelay);
  if (round_trip) {
    path.residual = Seconds(*round_trip) - path.expected;
    path.verdict = verdict_of(*path.residual, model.plant().thresholds);
  }
  path.probe_loss = observed(Quantity::kProbeLoss);
  return path;
}

}  // namespace

Verdict verdict_of(Db margin, const plant::AlarmThresholds& thresholds) {
  if (margin <= thresholds.q_margin_critical) return Verdict::kBelowBudget;
  if (margin < thresholds.q_margin_minor) return Verdict::kMarginLow;
  return Verdict::kWithinBudget;
}

Verdict verdict_of(Seconds round_trip_residual, const plant::AlarmThresholds& thresholds) {
  return std::abs(round_trip_residual.value()) / 2 > thresholds.latency_tolerance.value()
             ? Verdict::kBelowBudget
             : Verdict::kWithinBudget;
}

Verdict worse(Verdict a, Verdict b) {
  const auto rank = [](Verdict verdict) {
    switch (verdict) {
      case Verdict::kWithinBudget:
        return 0;
      case Verdict::kUnknown:
        return 1;
      case Verdict::kMarginLow:
        return 2;
      case Verdict::kBelowBudget:
        break;
    }
    return 3;
  };
  return rank(a) >= rank(b) ? a : b;
}

Assessment assess(const Model& model, const fleet::Fleet& fleet, const Settings& settings,
                  std::int64_t now_unix_ns) {
  const plant::Plant& plant = model.plant();
  const View view(fleet, settings, now_unix_ns);
  Assessment result;
  result.time_unix_ns = now_unix_ns;
  for (const plant::FibrePair& pair : plant.fibre_pairs) {
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      result.directions.push_back(assess_direction(model, view, pair.id, direction));
    }
    result.paths.push_back(assess_path(model, view, pair.id, plant.a(), plant.b()));
    result.paths.push_back(assess_path(model, view, pair.id, plant.b(), plant.a()));
  }
  for (const plant::Station& station : plant.stations) {
    StationAssessment judged{.station = station.id};
    const auto agent = fleet.agents().find(station.id);
    if (agent != fleet.agents().end()) {
      judged.newest_sample_unix_ns = agent->second.newest_sample_unix_ns;
    }
    const std::int64_t heard =
        std::max(judged.newest_sample_unix_ns.value_or(INT64_MIN), settings.started_unix_ns);
    judged.silent = now_unix_ns - heard > settings.silence_ns;
    result.stations.push_back(std::move(judged));
  }
  return result;
}

}  // namespace caspilink::assess
