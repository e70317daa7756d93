#include "collector/assess/assess.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace caspilink::assess {
namespace {

using codec::Quantity;
using codec::Reading;
using fleet::Place;

// A residual within twice its uncertainty says nothing.
constexpr double kCoverage = 2.0;

constexpr std::array kDirections = {plant::Direction::kAToB, plant::Direction::kBToA};

// Where a reading is found, and what may be known of its past.
struct Spot {
  const fleet::Point* point = nullptr;
  const twin::BaselineTrack* track = nullptr;
};

struct BoundChannel {
  const budget::ChannelBudget* budget = nullptr;    // as reported; null while nothing is expected
  const budget::ChannelBudget* designed = nullptr;  // null for a channel the plan has not
  std::uint32_t number = 0;
  const fleet::Point* sent = nullptr;
  Spot power;
  Spot q;
  Spot dispersion;
  double ageing_known_until = 0;  // day of the trend the ageing was taken from
  std::optional<Ageing> ageing;
};

struct BoundElement {
  std::string element;
  Quantity quantity{};
  const fleet::Point* point = nullptr;
  Place place;
};

struct BoundDirection {
  Model::BudgetPtr budget;  // kept, so that channels may point into it
  bool light = true;
  std::vector<BoundChannel> channels;
  const fleet::Point* sent = nullptr;
  Spot received;
  const fleet::Point* tilt = nullptr;
  Place tilt_place;
  std::vector<BoundElement> elements;
};

struct BoundFeed {
  std::vector<std::pair<Place, const fleet::Point*>> voltages;
  std::vector<std::pair<Place, const fleet::Point*>> currents;
};

Place at(Quantity quantity, const std::string& station, const std::string& fibre_pair,
         plant::Direction direction, std::uint32_t channel = 0) {
  return {.quantity = quantity,
          .station = station,
          .fibre_pair = fibre_pair,
          .direction = direction,
          .channel = channel,
          .element = {},
          .peer = {}};
}

std::optional<Db> db(const std::optional<double>& value) {
  return value ? std::optional(Db(*value)) : std::nullopt;
}

}  // namespace

struct Assessor::Impl {
  Impl(const fleet::Fleet& of, Settings with, const twin::BaselineBook* book)
      : fleet(of),
        settings(std::move(with)),
        baselines(book),
        tolerances(settings.tolerances ? *settings.tolerances
                                       : twin::Tolerances::defaults(fleet.plant().thresholds)) {}

  const fleet::Fleet& fleet;
  const Settings settings;
  const twin::BaselineBook* baselines;
  const twin::Tolerances tolerances;

  std::vector<BoundDirection> directions;
  // By pair, a's and b's: smallest and median round trip, loss of probes.
  std::vector<std::array<const fleet::Point*, 3>> paths;
  std::array<BoundFeed, 2> feeds;  // by station
  std::size_t known_points = 0;
  std::size_t known_tracks = 0;
  std::int64_t now = 0;

  // ---- finding places ----

  const fleet::Point* point(const Place& place) const {
    const auto found = fleet.points().find(place);
    return found == fleet.points().end() ? nullptr : &found->second;
  }
  Spot spot(const Place& place) const {
    return {.point = point(place),
            .track = baselines == nullptr ? nullptr : baselines->find(place)};
  }

  void bind(const Model& model) {
    const std::size_t tracks = baselines == nullptr ? 0 : baselines->size();
    const bool anew =
        directions.empty() || known_points != fleet.points().size() || known_tracks != tracks;
    known_points = fleet.points().size();
    known_tracks = tracks;
    directions.resize(model.slots());
    for (std::size_t slot = 0; slot < model.slots(); ++slot) {
      BoundDirection& bound = directions[slot];
      const bool same =
          bound.budget == model.shared_budget(slot) && bound.light == model.expects_light(slot);
      if (anew || !same) bind_direction(model, slot, bound);
    }
    if (anew) {
      bind_paths(model.plant());
      bind_feeds(model.plant());
    }
  }

  void bind_direction(const Model& model, std::size_t slot, BoundDirection& bound) {
    const plant::Plant& plant = model.plant();
    const plant::FibrePair& pair = plant.fibre_pairs[slot / 2];
    const plant::Direction direction = kDirections[slot % 2];
    const std::string& sender = plant::sender(plant, direction).id;
    const std::string& receiver = plant::receiver(plant, direction).id;
    const auto here = [&](Quantity quantity, std::uint32_t channel = 0) {
      return spot(at(quantity, receiver, pair.id, direction, channel));
    };
    const budget::LinkBudget& budget = model.budget(slot);
    const budget::LinkBudget& designed = model.designed(slot);
    bound.budget = model.shared_budget(slot);
    bound.light = model.expects_light(slot);
    // Every channel that the plan lights or that is lit as reported.
    std::vector<int> numbers;
    for (const auto* known : {&designed, &budget}) {
      for (const budget::ChannelBudget& channel : known->channels) {
        if (channel.lit) numbers.push_back(channel.number);
      }
    }
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    bound.channels.clear();
    for (const int number : numbers) {
      const auto channel = static_cast<std::uint32_t>(number);
      bound.channels.push_back(
          {.budget = bound.light ? budget::find_channel(budget, number) : nullptr,
           .designed = budget::find_channel(designed, number),
           .number = channel,
           .sent = point(at(Quantity::kChannelOutputPower, sender, pair.id, direction, channel)),
           .power = here(Quantity::kChannelInputPower, channel),
           .q = here(Quantity::kQValue, channel),
           .dispersion = here(Quantity::kChromaticDispersion, channel)});
    }
    bound.sent = point(at(Quantity::kLineOutputPower, sender, pair.id, direction));
    bound.received = here(Quantity::kLineInputPower);
    bound.tilt_place = at(Quantity::kLineInputTilt, receiver, pair.id, direction);
    bound.tilt = point(bound.tilt_place);
    bound.elements.clear();
    for (const budget::TraceEntry& entry : budget.trace) {
      Place place = at(entry.kind == "span" ? Quantity::kSpanLoss : Quantity::kRepeaterGain,
                       receiver, pair.id, direction);
      place.element = entry.name;
      if (entry.kind == "booster") continue;  // the sender's, and expected as designed
      if (entry.kind == "preamplifier") {
        place.quantity = Quantity::kAmplifierGain;
        place.element = "preamplifier";
      }
      const auto add = [&] {
        const fleet::Point* known = point(place);
        if (known == nullptr) return;
        bound.elements.push_back(
            {.element = place.element, .quantity = place.quantity, .point = known, .place = place});
      };
      add();
      if (entry.kind == "span") continue;
      place.quantity = place.quantity == Quantity::kAmplifierGain ? Quantity::kAmplifierGainTilt
                                                                  : Quantity::kRepeaterGainTilt;
      add();
    }
  }

  void bind_paths(const plant::Plant& plant) {
    paths.clear();
    for (const plant::FibrePair& pair : plant.fibre_pairs) {
      for (const bool from_a : {true, false}) {
        const plant::Station& station = from_a ? plant.a() : plant.b();
        const plant::Station& peer = from_a ? plant.b() : plant.a();
        const auto find = [&](Quantity quantity) {
          return point({.quantity = quantity,
                        .station = station.id,
                        .fibre_pair = pair.id,
                        .direction = std::nullopt,
                        .channel = 0,
                        .element = {},
                        .peer = peer.id});
        };
        // The minimum of an interval is what the path itself takes; the median has queues in it.
        paths.push_back({find(Quantity::kRoundTripDelayMinimum), find(Quantity::kRoundTripDelay),
                         find(Quantity::kProbeLoss)});
      }
    }
  }

  void bind_feeds(const plant::Plant& plant) {
    for (std::size_t i = 0; i < feeds.size(); ++i) {
      const auto all = [&](Quantity quantity) {
        std::vector<std::pair<Place, const fleet::Point*>> found;
        const std::string& station = plant.stations[i].id;
        const Place first{.quantity = quantity, .station = station};
        for (auto it = fleet.points().lower_bound(first);
             it != fleet.points().end() && it->first.quantity == quantity &&
             it->first.station == station;
             ++it) {
          found.emplace_back(it->first, &it->second);
        }
        return found;
      };
      feeds[i] = {.voltages = all(Quantity::kPowerFeedVoltage),
                  .currents = all(Quantity::kPowerFeedCurrent)};
    }
  }

  // ---- reading ----

  std::optional<double> value(const fleet::Point* place) const {
    if (place == nullptr) return std::nullopt;
    const auto latest = fleet::fresh(*place, now, settings.staleness_ns);
    if (!latest || latest->reading != Reading::kValue) return std::nullopt;
    return latest->value;
  }

  // Whether a power reading says that no light is there; below range, some is.
  std::optional<bool> no_light(const fleet::Point* place) const {
    if (place == nullptr) return std::nullopt;
    const auto latest = fleet::fresh(*place, now, settings.staleness_ns);
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

  std::optional<Deviation> deviation(Quantity quantity, std::optional<double> observed,
                                     std::optional<double> expected) const {
    if (!observed || !expected) return std::nullopt;
    const twin::Tolerance* tolerance = tolerances.find(quantity);
    const auto uncertainty = tolerances.uncertainty(quantity, *expected);
    if (tolerance == nullptr || !uncertainty) return std::nullopt;
    Deviation found{.observed = *observed,
                    .expected = *expected,
                    .residual = *observed - *expected,
                    .uncertainty = *uncertainty};
    found.verdict = verdict_of(found.residual, found.uncertainty, *expected, *tolerance);
    return found;
  }

  // ---- judging ----

  ChannelAssessment channel(BoundChannel& bound, Db limit,
                            const plant::AlarmThresholds& thresholds) const {
    ChannelAssessment judged;
    judged.number = bound.number;
    judged.no_light = no_light(bound.power.point);
    judged.sent_no_light = no_light(bound.sent);
    const budget::ChannelBudget* budget =
        bound.budget != nullptr && bound.budget->lit ? bound.budget : nullptr;
    const budget::ChannelBudget* model = budget != nullptr ? budget : bound.designed;
    judged.expected_margin = model->q - limit;
    recall(bound, limit, judged);
    const auto q = value(bound.q.point);
    if (judged.no_light.value_or(false)) {
      judged.verdict = Verdict::kBelowBudget;
      return judged;
    }
    if (budget != nullptr) {
      judged.q = deviation(Quantity::kQValue, q, budget->q.value());
      judged.receive_power = deviation(Quantity::kChannelInputPower, value(bound.power.point),
                                       budget->signal_power.value());
      judged.chromatic_dispersion =
          deviation(Quantity::kChromaticDispersion, value(bound.dispersion.point),
                    budget->chromatic_dispersion.value());
      if (judged.receive_power) judged.power_residual = Db(judged.receive_power->residual);
    }
    if (!q) return judged;
    judged.margin = Db(*q) - limit;
    judged.verdict = verdict_of(*judged.margin, thresholds);
    for (const auto* found : {&judged.receive_power, &judged.chromatic_dispersion}) {
      if (*found && (*found)->verdict != Verdict::kUnknown) {
        judged.verdict = worse(judged.verdict, (*found)->verdict);
      }
    }
    return judged;
  }

  // What the channel's history says.
  void recall(BoundChannel& bound, Db limit, ChannelAssessment& judged) const {
    if (bound.q.track == nullptr) return;
    const twin::Baseline& baseline = bound.q.track->baseline();
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

  DirectionAssessment direction(const Model& model, std::size_t slot) {
    const plant::Plant& plant = model.plant();
    BoundDirection& bound = directions[slot];
    DirectionAssessment line{.fibre_pair = plant.fibre_pairs[slot / 2].id,
                             .direction = kDirections[slot % 2]};
    line.sender = plant::sender(plant, line.direction).id;
    line.receiver = plant::receiver(plant, line.direction).id;
    line.remarks = model.remarks(slot);
    line.no_light = no_light(bound.received.point);
    line.sent_no_light = no_light(bound.sent);
    const Db limit = bound.budget->fec_q_limit;
    line.channels.reserve(bound.channels.size());
    const auto least_at_end = [](const Ageing& ageing) {
      return ageing.margin_end_of_life ? ageing.margin_end_of_life->low : ageing.margin_now.low;
    };
    for (BoundChannel& channel : bound.channels) {
      const ChannelAssessment& judged =
          line.channels.emplace_back(this->channel(channel, limit, plant.thresholds));
      if (judged.margin && (!line.margin || *judged.margin < *line.margin)) {
        line.margin = judged.margin;
      }
      line.verdict =
          line.channels.size() == 1 ? judged.verdict : worse(line.verdict, judged.verdict);
      if (judged.ageing &&
          (!line.ageing || least_at_end(*judged.ageing) < least_at_end(*line.ageing))) {
        line.ageing = judged.ageing;
        line.ageing_channel = judged.number;
      }
    }
    if (bound.light && !line.no_light.value_or(false)) judge_bodies(model, bound, line);
    if (bound.received.track != nullptr) {
      const twin::Baseline& baseline = bound.received.track->baseline();
      line.receive_power_from_commissioning = db(baseline.from_commissioning);
      line.receive_power_from_month_ago = db(baseline.from_month_ago);
    }
    return line;
  }

  void judge_bodies(const Model& model, const BoundDirection& bound,
                    DirectionAssessment& line) const {
    const auto count = [&](const Deviation& found) {
      if (found.verdict != Verdict::kUnknown) line.verdict = worse(line.verdict, found.verdict);
    };
    line.receive_power = deviation(Quantity::kLineInputPower, value(bound.received.point),
                                   bound.budget->line_input_power.value());
    if (line.receive_power) count(*line.receive_power);
    if (const auto observed = value(bound.tilt)) {
      line.tilt = deviation(Quantity::kLineInputTilt, observed, model.expected(bound.tilt_place));
      if (line.tilt) count(*line.tilt);
    }
    for (const BoundElement& element : bound.elements) {
      const auto observed = value(element.point);
      if (!observed) continue;
      const auto found = deviation(element.quantity, observed, model.expected(element.place));
      if (!found) continue;
      line.elements.push_back({element.element, element.quantity, *found});
      count(*found);
    }
  }

  PathAssessment path(const Model& model, std::size_t index) const {
    const plant::Plant& plant = model.plant();
    const bool from_a = index % 2 == 0;
    PathAssessment judged{.station = (from_a ? plant.a() : plant.b()).id,
                          .fibre_pair = plant.fibre_pairs[index / 2].id,
                          .peer = (from_a ? plant.b() : plant.a()).id};
    judged.expected = model.budget(index / 2 * 2).latency + model.budget(index / 2 * 2 + 1).latency;
    auto round_trip = value(paths[index][0]);
    if (!round_trip) round_trip = value(paths[index][1]);
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
    judged.probe_loss = value(paths[index][2]);
    return judged;
  }

  // Of a station's units, the reading of the one that carries most; units at rest show nothing.
  std::optional<double> largest(
      const std::vector<std::pair<Place, const fleet::Point*>>& units) const {
    std::optional<double> found;
    for (const auto& [place, unit] : units) {
      const auto reading = value(unit);
      if (reading && (!found || std::abs(*reading) > std::abs(*found))) found = reading;
    }
    return found;
  }

  void power_feeds(const Model& model, std::vector<PowerFeedAssessment>& out) const {
    for (std::size_t i = 0; i < feeds.size(); ++i) {
      const std::string& station = model.plant().stations[i].id;
      const auto expected = [&](Quantity quantity) {
        return model.expected({.quantity = quantity, .station = station});
      };
      const auto voltage = expected(Quantity::kPowerFeedVoltage);
      if (!voltage) continue;
      PowerFeedAssessment& feed = out.emplace_back();
      feed.station = station;
      feed.voltage = deviation(Quantity::kPowerFeedVoltage, largest(feeds[i].voltages), voltage);
      feed.current = deviation(Quantity::kPowerFeedCurrent, largest(feeds[i].currents),
                               expected(Quantity::kPowerFeedCurrent));
      if (feed.voltage) {
        // The earth's potential is weather, and no fault.
        const double earth = model.plant().power_feed->earth_potential_uncertainty.value();
        Deviation& found = *feed.voltage;
        found.uncertainty = std::hypot(found.uncertainty, earth);
        found.verdict = verdict_of(found.residual, found.uncertainty, found.expected,
                                   *tolerances.find(Quantity::kPowerFeedVoltage));
        feed.verdict = found.verdict;
      }
      if (feed.current) {
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
  impl.bind(model);
  Assessment result;
  result.time_unix_ns = now_unix_ns;
  result.directions.reserve(model.slots());
  for (std::size_t slot = 0; slot < model.slots(); ++slot) {
    result.directions.push_back(impl.direction(model, slot));
  }
  for (std::size_t i = 0; i < impl.paths.size(); ++i) result.paths.push_back(impl.path(model, i));
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

Verdict verdict_of(double residual, double uncertainty, double expected,
                   const twin::Tolerance& tolerance) {
  if (!tolerance.minor) return Verdict::kUnknown;
  const double scale = tolerance.relative ? std::abs(expected) : 1;
  const double size = std::abs(residual);
  if (size <= kCoverage * uncertainty) return Verdict::kWithinBudget;
  if (tolerance.major && size > *tolerance.major * scale) return Verdict::kBelowBudget;
  return size > *tolerance.minor * scale ? Verdict::kMarginLow : Verdict::kWithinBudget;
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
  return Assessor(fleet, settings).assess(model, now_unix_ns);
}

void look(const Assessment& assessment, twin::BaselineBook& baselines) {
  const std::int64_t now = assessment.time_unix_ns;
  const auto enter = [&](const Place& place, const std::optional<Deviation>& found, bool healthy) {
    if (!found) return;
    baselines.track(place).look(now, found->observed, healthy, baselines.settings());
  };
  for (const DirectionAssessment& line : assessment.directions) {
    const bool healthy = line.verdict == Verdict::kWithinBudget;
    const auto here = [&](Quantity quantity, std::uint32_t channel = 0) {
      return at(quantity, line.receiver, line.fibre_pair, line.direction, channel);
    };
    for (const ChannelAssessment& channel : line.channels) {
      enter(here(Quantity::kQValue, channel.number), channel.q, healthy);
      enter(here(Quantity::kChannelInputPower, channel.number), channel.receive_power, healthy);
    }
    enter(here(Quantity::kLineInputPower), line.receive_power, healthy);
    for (const ElementAssessment& element : line.elements) {
      Place place = here(element.quantity);
      place.element = element.element;
      enter(place, element.deviation, healthy);
    }
  }
  for (const PowerFeedAssessment& feed : assessment.power_feeds) {
    enter({.quantity = Quantity::kPowerFeedVoltage, .station = feed.station}, feed.voltage,
          feed.verdict == Verdict::kWithinBudget);
  }
}

}  // namespace caspilink::assess
