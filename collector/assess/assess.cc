#include "collector/assess/assess.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "collector/assess/bindings.h"

namespace caspilink::assess {
namespace {

using codec::Quantity;

std::optional<Db> db(const std::optional<double>& value) {
  return value ? std::optional(Db(*value)) : std::nullopt;
}

// Keeps the worst of each quantity. Requires figures in the order of quantities.
void keep_worst(std::vector<QuantityAssessment>& all, const fleet::Place& place,
                const Deviation& found) {
  if (all.empty() || all.back().quantity != place.quantity) {
    all.push_back({.quantity = place.quantity, .verdict = found.verdict});
  }
  QuantityAssessment& kept = all.back();
  kept.verdict = worse(kept.verdict, found.verdict);
  if (kept.figures++ > 0 && found.strain <= kept.worst.strain) return;
  kept.channel = place.channel;
  kept.element = place.element;
  kept.worst = found;
}

}  // namespace

const Deviation* DirectionAssessment::of(Quantity quantity, std::string_view element) const {
  const auto found = std::ranges::find_if(figures, [&](const LineFigure& figure) {
    return figure.quantity == quantity && figure.element == element;
  });
  return found == figures.end() ? nullptr : &found->deviation;
}

std::optional<Db> margin_from_month_ago(const DirectionAssessment& line) {
  std::optional<Db> most;
  for (const ChannelAssessment& channel : line.channels) {
    const auto& lost = channel.margin_from_month_ago;
    if (lost && (!most || *lost < *most)) most = lost;
  }
  return most;
}

struct Assessor::Impl {
  Impl(const fleet::Fleet& of, Settings with, const twin::BaselineBook* book)
      : fleet(of),
        settings(std::move(with)),
        baselines(book),
        tolerances(settings.tolerances ? *settings.tolerances
                                       : twin::Tolerances::defaults(fleet.plant().thresholds)),
        bindings(fleet, tolerances, baselines) {}

  const fleet::Fleet& fleet;
  const Settings settings;
  const twin::BaselineBook* baselines;
  const twin::Tolerances tolerances;
  Bindings bindings;
  std::int64_t now = 0;

  // ---- reading ----

  std::optional<double> value(const fleet::Point* place) const {
    if (place == nullptr) return std::nullopt;
    const auto latest = fleet::fresh(*place, now, settings.staleness_ns);
    if (!latest || latest->reading != codec::Reading::kValue) return std::nullopt;
    return latest->value;
  }

  // Whether a power reading says that no light is there; below range, some is.
  std::optional<bool> no_light(const fleet::Point* place) const {
    if (place == nullptr) return std::nullopt;
    const auto latest = fleet::fresh(*place, now, settings.staleness_ns);
    if (!latest) return std::nullopt;
    switch (latest->reading) {
      case codec::Reading::kNoLight:
        return true;
      case codec::Reading::kValue:
      case codec::Reading::kBelowRange:
        return false;
      default:
        return std::nullopt;
    }
  }

  // ---- judging ----

  DirectionAssessment direction(const Model& model, std::size_t slot) {
    const plant::Plant& plant = model.plant();
    BoundDirection& bound = bindings.directions[slot];
    DirectionAssessment line{.fibre_pair = plant.fibre_pairs[slot / 2].id,
                             .direction = kDirections[slot % 2]};
    line.sender = plant::sender(plant, line.direction).id;
    line.receiver = plant::receiver(plant, line.direction).id;
    line.remarks = model.remarks(slot);
    line.no_light = no_light(bound.received);
    line.sent_no_light = no_light(bound.sent);
    const Db limit = bound.budget->fec_q_limit;
    line.channels.reserve(bound.channels.size());
    for (BoundChannel& channel : bound.channels) {
      ChannelAssessment& judged = line.channels.emplace_back();
      judged.number = channel.number;
      judged.no_light = no_light(channel.received);
      judged.sent_no_light = no_light(channel.sent);
      judged.expected_margin = channel.expected_q - limit;
      recall(channel, limit, judged);
    }
    compare_figures(bound, line);
    for (std::size_t i = 0; i < line.channels.size(); ++i) {
      ChannelAssessment& channel = line.channels[i];
      judge(channel, value(bound.channels[i].q), limit, plant.thresholds);
      if (channel.margin && (!line.margin || *channel.margin < *line.margin)) {
        line.margin = channel.margin;
      }
      line.verdict = i == 0 ? channel.verdict : worse(line.verdict, channel.verdict);
    }
    for (const LineFigure& figure : line.figures) count(figure.deviation, line.verdict);
    choose_ageing(line);
    if (bound.received_track != nullptr) {
      const twin::Baseline& baseline = bound.received_track->baseline();
      line.receive_power_from_commissioning = db(baseline.from_commissioning);
      line.receive_power_from_month_ago = db(baseline.from_month_ago);
    }
    return line;
  }

  // What the channel's history says.
  void recall(BoundChannel& bound, Db limit, ChannelAssessment& judged) const {
    if (bound.q_track == nullptr) return;
    const twin::Baseline& baseline = bound.q_track->baseline();
    judged.margin_from_commissioning = db(baseline.from_commissioning);
    judged.margin_from_month_ago = db(baseline.from_month_ago);
    if (!baseline.trend) return;
    if (!bound.ageing || bound.ageing_known_until != baseline.trend->last_day()) {
      std::optional<std::int64_t> end;
      if (baseline.commissioned_unix_ns) {
        constexpr double kYearNs = 365.2425 * 86'400e9;
        end = *baseline.commissioned_unix_ns +
              static_cast<std::int64_t>(baselines->settings().design_life_years * kYearNs);
      }
      bound.ageing = ageing_of(*baseline.trend, limit, end);
      bound.ageing_known_until = baseline.trend->last_day();
    }
    judged.ageing = bound.ageing;
  }

  // Everything that is read and expected, each where it belongs. Of what is dark nothing is left to
  // compare but what its sender says.
  void compare_figures(const BoundDirection& bound, DirectionAssessment& line) const {
    for (const BoundFigure& figure : bound.figures) {
      if (!figure.yardstick) continue;
      const fleet::Place& place = *figure.reading.place;
      const bool of_channel = figure.channel != BoundFigure::kOfTheLine;
      const bool dark = of_channel ? line.channels[figure.channel].no_light.value_or(false)
                                   : line.no_light.value_or(false);
      if (dark && place.station != line.sender) continue;
      const auto observed = value(figure.reading.point);
      if (!observed) continue;
      const Deviation found = compare(*observed, *figure.yardstick);
      if (of_channel) {
        line.channels[figure.channel].of(place.quantity) = found;
      } else {
        line.figures.push_back({place.quantity, place.element, found});
      }
      keep_worst(line.quantities, place, found);
    }
  }

  static void count(const Deviation& found, Verdict& verdict) {
    if (found.verdict != Verdict::kUnknown) verdict = worse(verdict, found.verdict);
  }

  static void judge(ChannelAssessment& channel, std::optional<double> q, Db limit,
                    const plant::AlarmThresholds& thresholds) {
    if (channel.no_light.value_or(false)) {
      channel.verdict = Verdict::kBelowBudget;
      return;
    }
    if (!q) return;
    channel.margin = Db(*q) - limit;
    channel.verdict = verdict_of(*channel.margin, thresholds);
    for (const auto& figure : channel.figures) {
      if (figure) count(*figure, channel.verdict);
    }
  }

  static void choose_ageing(DirectionAssessment& line) {
    const auto least_at_end = [](const Ageing& ageing) {
      return ageing.margin_end_of_life ? ageing.margin_end_of_life->low : ageing.margin_now.low;
    };
    for (const ChannelAssessment& channel : line.channels) {
      if (!channel.ageing) continue;
      if (line.ageing && least_at_end(*channel.ageing) >= least_at_end(*line.ageing)) continue;
      line.ageing = channel.ageing;
      line.ageing_channel = channel.number;
    }
  }

  PathAssessment path(const Model& model, std::size_t index) const {
    const plant::Plant& plant = model.plant();
    const bool from_a = index % 2 == 0;
    PathAssessment judged{.station = (from_a ? plant.a() : plant.b()).id,
                          .fibre_pair = plant.fibre_pairs[index / 2].id,
                          .peer = (from_a ? plant.b() : plant.a()).id};
    judged.expected = model.budget(index / 2 * 2).latency + model.budget(index / 2 * 2 + 1).latency;
    const BoundPath& bound = bindings.paths[index];
    // The minimum of an interval is what the path itself takes; the median has queues in it.
    auto round_trip = value(bound.smallest);
    if (!round_trip) round_trip = value(bound.median);
    if (round_trip) {
      judged.residual = Seconds(*round_trip) - judged.expected;
      judged.verdict = verdict_of(*judged.residual, plant.thresholds);
      // By the plant's own length and delay, which is its fibre's group index.
      const double km_per_second = 2 * plant::length_of(plant).value() / judged.expected.value();
      const double uncertainty =
          tolerances.uncertainty(Quantity::kRoundTripDelayMinimum, judged.expected.value())
              .value_or(0);
      judged.fibre_change = PathAssessment::FibreChange{
          .each_way = Kilometers(judged.residual->value() / 2 * km_per_second),
          .uncertainty = Kilometers(uncertainty / 2 * km_per_second)};
    }
    judged.probe_loss = value(bound.probe_loss);
    judged.outbound = from_a ? plant::Direction::kAToB : plant::Direction::kBToA;
    judged.ways = ways(model, bound, judged);
    return judged;
  }

  std::optional<PathAssessment::Ways> ways(const Model& model, const BoundPath& bound,
                                           const PathAssessment& path) const {
    const auto out = value(bound.outbound);
    const auto in = value(bound.inbound);
    const auto clocks = value(bound.clocks_bound);
    if (!out || !in || !clocks) return std::nullopt;
    const auto expected = [&](plant::Direction way) {
      return model.budget(path.fibre_pair, way).latency;
    };
    const Seconds outbound = expected(path.outbound);
    const double uncertainty =
        tolerances.uncertainty(Quantity::kOneWayDelayOutbound, outbound.value()).value_or(0);
    return PathAssessment::Ways{.outbound = Seconds(*out) - outbound,
                                .inbound = Seconds(*in) - expected(plant::opposite(path.outbound)),
                                // A bound holds always, an uncertainty mostly: they add.
                                .bound = Seconds(*clocks + kCoverage * uncertainty)};
  }

  // Of a station's units, the reading of the one that carries most; units at rest show nothing.
  std::optional<double> largest(const std::vector<const fleet::Point*>& units) const {
    std::optional<double> found;
    for (const fleet::Point* unit : units) {
      const auto reading = value(unit);
      if (reading && (!found || std::abs(*reading) > std::abs(*found))) found = reading;
    }
    return found;
  }

  void power_feeds(const Model& model, std::vector<PowerFeedAssessment>& out) const {
    for (std::size_t i = 0; i < bindings.feeds.size(); ++i) {
      const BoundFeed& bound = bindings.feeds[i];
      const std::string& station = model.plant().stations[i].id;
      const auto yardstick = [&](Quantity quantity) -> std::optional<Yardstick> {
        const auto expected = model.expected({.quantity = quantity, .station = station});
        return expected ? yardstick_of(tolerances, quantity, *expected) : std::nullopt;
      };
      const auto voltage = yardstick(Quantity::kPowerFeedVoltage);
      const auto current = yardstick(Quantity::kPowerFeedCurrent);
      if (!voltage || !current) continue;
      PowerFeedAssessment& feed = out.emplace_back();
      feed.station = station;
      if (const auto observed = largest(bound.voltages)) {
        // The earth's potential is weather, and no fault.
        const double earth = model.plant().power_feed->earth_potential_uncertainty.value();
        feed.voltage = compare(*observed, less_certain(*voltage, earth));
        feed.verdict = feed.voltage->verdict;
      }
      if (const auto observed = largest(bound.currents)) {
        feed.current = compare(*observed, *current);
        feed.verdict =
            feed.voltage ? worse(feed.verdict, feed.current->verdict) : feed.current->verdict;
      }
    }
  }
};

Assessor::Assessor(const fleet::Fleet& fleet, Settings settings,
                   const twin::BaselineBook* baselines)
    : impl_(std::make_unique<Impl>(fleet, std::move(settings), baselines)) {}
Assessor::~Assessor() = default;
Assessor::Assessor(Assessor&&) noexcept = default;

Assessment Assessor::assess(const Model& model, std::int64_t now_unix_ns) {
  Impl& impl = *impl_;
  impl.now = now_unix_ns;
  impl.bindings.follow(model);
  Assessment result;
  result.time_unix_ns = now_unix_ns;
  result.directions.reserve(model.slots());
  for (std::size_t slot = 0; slot < model.slots(); ++slot) {
    result.directions.push_back(impl.direction(model, slot));
  }
  for (std::size_t i = 0; i < impl.bindings.paths.size(); ++i)
    result.paths.push_back(impl.path(model, i));
  for (const plant::Station& station : model.plant().stations) {
    StationAssessment judged{.station = station.id};
    const auto agent = impl.fleet.agents().find(station.id);
    if (agent != impl.fleet.agents().end()) {
      judged.newest_sample_unix_ns = agent->second.newest_sample_unix_ns;
    }
    const std::int64_t heard =
        std::max(judged.newest_sample_unix_ns.value_or(INT64_MIN), impl.settings.started_unix_ns);
    judged.silent = now_unix_ns - heard > impl.settings.silence_ns;
    result.stations.push_back(std::move(judged));
  }
  impl.power_feeds(model, result.power_feeds);
  return result;
}

Assessment assess(const Model& model, const fleet::Fleet& fleet, const Settings& settings,
                  std::int64_t now_unix_ns) {
  return Assessor(fleet, settings).assess(model, now_unix_ns);
}

}  // namespace caspilink::assess
