#include "collector/twin/model.h"

#include <algorithm>

#include "collector/twin/settings.h"
#include "link_models/budget/evaluator.h"
#include "link_models/plant/line.h"

namespace caspilink::twin {
namespace {

using codec::Quantity;
using codec::Scope;

// Kinds of trace entries, as plant::kind_of names them.
constexpr std::string_view kPreamplifierKind = "preamplifier";
constexpr std::string_view kBoosterKind = "booster";
constexpr std::string_view kSpanKind = "span";

// More than any terminal has of one kind.
constexpr std::size_t kMostPumps = 16;

bool amplifies(std::string_view kind) {
  return kind == "repeater" || kind == "in-line amplifier" || kind == "ropa" ||
         kind == kPreamplifierKind || kind == kBoosterKind;
}

bool is_transmitted(Quantity quantity) {
  return quantity == Quantity::kChannelOutputPower ||
         quantity == Quantity::kMonitoredChannelLaunchPower ||
         quantity == Quantity::kLineOutputPower;
}

std::optional<double> of_channel(const budget::ChannelBudget& channel, Quantity quantity) {
  switch (quantity) {
    case Quantity::kChannelOutputPower:
    case Quantity::kMonitoredChannelLaunchPower:
      return channel.launch_power.value();
    case Quantity::kChannelInputPower:
      return channel.signal_power.value();
    case Quantity::kMonitoredChannelPower:
      return channel.total_power_line.value();
    case Quantity::kQValue:
      return channel.q.value();
    case Quantity::kEsnr:
      return channel.gsnr_with_transceiver.value();
    case Quantity::kOsnr:
      return channel.osnr_01nm.value();
    case Quantity::kPreFecBer:
      return channel.pre_fec_ber;
    case Quantity::kChromaticDispersion:
      return channel.chromatic_dispersion.value();
    case Quantity::kPolarizationModeDispersion:
      return channel.pmd.value();
    case Quantity::kPolarizationDependentLoss:
      return channel.pdl.value();
    default:
      return std::nullopt;
  }
}

std::optional<double> of_element(const budget::LinkBudget& line, std::size_t i, Quantity quantity) {
  const budget::TraceEntry& entry = line.trace[i];
  switch (quantity) {
    case Quantity::kSpanLoss:
      if (entry.kind != kSpanKind) return std::nullopt;
      return -entry.gain.value();
    case Quantity::kAmplifierGain:
    case Quantity::kRepeaterGain:
      if (!amplifies(entry.kind)) return std::nullopt;
      return entry.gain.value();
    case Quantity::kAmplifierInputPower:
    case Quantity::kRepeaterInputPower:
      if (!amplifies(entry.kind)) return std::nullopt;
      return entry.total_power_in.value();
    case Quantity::kAmplifierOutputPower:
    case Quantity::kRepeaterOutputPower:
      if (!amplifies(entry.kind)) return std::nullopt;
      return entry.total_power_out.value();
    case Quantity::kAmplifierGainTilt:
    case Quantity::kRepeaterGainTilt:
      if (!amplifies(entry.kind) || i >= line.light.size()) return std::nullopt;
      return line.light[i].tilt.value();
    default:
      return std::nullopt;
  }
}

// As ElementLight::tilt: the straight line of least squares through what arrives of the channels,
// from the lowest to the highest.
Db tilt_at_input(const budget::LinkBudget& line) {
  const auto count = static_cast<double>(line.channels.size());
  if (line.channels.size() < 2) return Db(0);
  double mean_f = 0;
  double mean_p = 0;
  for (const budget::ChannelBudget& channel : line.channels) {
    mean_f += channel.frequency.value() / count;
    mean_p += channel.total_power_line.value() / count;
  }
  double both = 0;
  double squares = 0;
  for (const budget::ChannelBudget& channel : line.channels) {
    const double f = channel.frequency.value() - mean_f;
    both += f * (channel.total_power_line.value() - mean_p);
    squares += f * f;
  }
  const double width = (line.channels.back().frequency - line.channels.front().frequency).value();
  return Db(both / squares * width);
}

std::optional<double> of_named(const budget::LinkBudget& line, std::string_view name,
                               Quantity quantity) {
  for (std::size_t i = 0; i < line.trace.size(); ++i) {
    if (line.trace[i].name == name) return of_element(line, i, quantity);
  }
  return std::nullopt;
}

std::optional<double> of_kind(const budget::LinkBudget& line, std::string_view kind,
                              Quantity quantity) {
  for (std::size_t i = 0; i < line.trace.size(); ++i) {
    if (line.trace[i].kind == kind) return of_element(line, i, quantity);
  }
  return std::nullopt;
}

}  // namespace

Result<Model> Model::build(std::shared_ptr<const plant::Plant> plant) {
  Model model(std::move(plant));
  // Observed readings are compared with today's line, so the end of life is not propagated.
  budget::Evaluator evaluator({.end_of_life = false, .element_light = true});
  for (const plant::FibrePair& pair : model.plant_->fibre_pairs) {
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      auto line = plant::line_of(*model.plant_, pair.id, direction);
      if (!line) return tl::unexpected(line.error());
      auto budget = evaluator.budget_of(std::move(*line));
      if (!budget) return tl::unexpected(budget.error());
      model.lines_.push_back({.designed = *budget, .followed = *budget});
    }
  }
  model.feed_ = budget::power_feed_budget(*model.plant_);
  model.collect_places();
  return model;
}

Model Model::changed() const {
  Model other = *this;
  other.collected_ = std::make_shared<Collected>();
  return other;
}

Model Model::with(std::size_t slot, BudgetPtr followed, Db sent,
                  std::vector<std::string> remarks) const {
  Model other = changed();
  Line& line = other.lines_[slot];
  line.followed = std::move(followed);
  line.light = true;
  line.sent = sent;
  line.remarks = std::move(remarks);
  return other;
}

Model Model::without(std::size_t slot, std::vector<std::string> remarks) const {
  Model other = changed();
  other.lines_[slot].light = false;
  other.lines_[slot].remarks = std::move(remarks);
  return other;
}

Model Model::with_feed_current(Amperes current) const {
  Model other = changed();
  other.feed_ = budget::power_feed_budget(*plant_, current);
  return other;
}

void Model::collect_places() {
  auto places = std::make_shared<std::vector<fleet::Place>>();
  const auto collect = [&](const plant::Station& station, codec::MeasurementPoint point) {
    const auto place = fleet::place_of(*plant_, station.id, point);
    if (place && expected(*place)) places->push_back(*place);
  };
  std::vector<std::string> names;
  for (const plant::Segment& segment : plant_->segments) {
    for (const plant::RouteElement& element : segment.elements) {
      names.push_back(plant::name_of(element));
    }
  }
  for (const codec::QuantityInfo& info : codec::quantities()) {
    for (const plant::Station& station : plant_->stations) {
      const plant::Station& other = &station == &plant_->a() ? plant_->b() : plant_->a();
      if (info.scope == Scope::kPowerFeed) collect(station, {.quantity = info.quantity});
      for (const plant::FibrePair& pair : plant_->fibre_pairs) {
        codec::MeasurementPoint point{.quantity = info.quantity, .fibre_pair = pair.id};
        switch (info.scope) {
          case Scope::kPath:
            point.peer = other.id;
            collect(station, point);
            break;
          case Scope::kLine:
            collect(station, point);
            break;
          case Scope::kAmplifier:
            for (const std::string_view element : {"booster", "preamplifier"}) {
              point.element = element;
              collect(station, point);
            }
            break;
          case Scope::kPump:
            for (const char* const side : {"transmit-", "receive-"}) {
              for (std::size_t i = 1; i <= kMostPumps; ++i) {
                point.element = side + std::to_string(i);
                collect(station, point);
              }
              point.element = std::string(side) + "ropa";
              collect(station, point);
            }
            break;
          case Scope::kElement:
            for (const std::string& element : names) {
              point.element = element;
              collect(station, point);
            }
            break;
          case Scope::kChannel:
            for (const int number : pair.lit_channels) {
              point.channel = static_cast<std::uint32_t>(number);
              collect(station, point);
            }
            break;
          default:
            break;
        }
      }
    }
  }
  std::ranges::sort(*places);
  places_ = std::move(places);
}

std::optional<std::size_t> Model::slot_of(std::string_view fibre_pair,
                                          plant::Direction direction) const {
  const auto found = std::ranges::find(plant_->fibre_pairs, fibre_pair, &plant::FibrePair::id);
  if (found == plant_->fibre_pairs.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(found - plant_->fibre_pairs.begin());
  return 2 * index + (direction == plant::Direction::kAToB ? 0 : 1);
}

const budget::LinkBudget& Model::budget(std::string_view fibre_pair,
                                        plant::Direction direction) const {
  return budget(*slot_of(fibre_pair, direction));
}

std::optional<double> Model::expected_of_path(const fleet::Place& place) const {
  const bool from_a = place.station == plant_->a().id;
  const auto outbound = from_a ? plant::Direction::kAToB : plant::Direction::kBToA;
  switch (place.quantity) {
    case Quantity::kRoundTripDelay:
    case Quantity::kRoundTripDelayMinimum:
      return round_trip(place.fibre_pair).value();
    case Quantity::kOneWayDelayOutbound:
      return budget(place.fibre_pair, outbound).latency.value();
    case Quantity::kOneWayDelayInbound:
      return budget(place.fibre_pair, plant::opposite(outbound)).latency.value();
    default:
      return std::nullopt;
  }
}

std::optional<double> Model::expected_of_feed(const fleet::Place& place) const {
  if (!feed_) return std::nullopt;
  const bool at_a = place.station == plant_->a().id;
  const Volts voltage = at_a ? feed_->at_a : feed_->at_b;
  if (voltage == Volts(0)) return std::nullopt;  // this end does not feed
  if (place.quantity == Quantity::kPowerFeedVoltage) return voltage.value();
  if (place.quantity == Quantity::kPowerFeedCurrent) return plant_->power_feed->current.value();
  return std::nullopt;
}

std::optional<double> Model::expected(const fleet::Place& place) const {
  const Scope scope = codec::info(place.quantity).scope;
  if (scope == Scope::kPath) return expected_of_path(place);
  if (scope == Scope::kPowerFeed) return expected_of_feed(place);
  if (!place.direction) return std::nullopt;
  const auto slot = slot_of(place.fibre_pair, *place.direction);
  if (!slot) return std::nullopt;
  if (place.quantity == Quantity::kPumpPower) {
    const auto power = planned_pump(*plant_, *place.direction, place.element);
    return power ? std::optional(power->value()) : std::nullopt;
  }
  const bool transmitted = is_transmitted(place.quantity) || place.element == "booster";
  if (!transmitted && !lines_[*slot].light) return std::nullopt;
  const budget::LinkBudget& line = transmitted ? designed(*slot) : budget(*slot);
  switch (scope) {
    case Scope::kLine:
      if (place.quantity == Quantity::kLineOutputPower) return sent_power(*slot).value();
      if (place.quantity == Quantity::kLineInputPower) return line.line_input_power.value();
      if (place.quantity == Quantity::kLineInputTilt) return tilt_at_input(line).value();
      return std::nullopt;
    case Scope::kAmplifier:
      if (place.element == "preamplifier") return of_kind(line, kPreamplifierKind, place.quantity);
      // What a booster gives out is the line's, whether the plant states it or not.
      if (place.quantity == Quantity::kAmplifierOutputPower) return sent_power(*slot).value();
      return of_kind(line, kBoosterKind, place.quantity);
    case Scope::kElement:
      return of_named(line, place.element, place.quantity);
    case Scope::kChannel: {
      const auto* channel = budget::find_channel(line, static_cast<int>(place.channel));
      if (channel == nullptr) return std::nullopt;
      // Slots without a transceiver have no receiver to read; a channel monitor sees them too.
      const bool monitored = place.quantity == Quantity::kMonitoredChannelPower ||
                             place.quantity == Quantity::kMonitoredChannelLaunchPower;
      if (!channel->lit && !monitored) return std::nullopt;
      return of_channel(*channel, place.quantity);
    }
    default:
      return std::nullopt;
  }
}

const std::vector<Model::Expectation>& Model::expectations() const {
  std::call_once(collected_->once, [this] {
    collected_->expectations.reserve(places_->size());
    for (const fleet::Place& place : *places_) {
      if (const auto value = expected(place)) {
        collected_->expectations.push_back({.place = &place, .value = *value});
      }
    }
  });
  return collected_->expectations;
}

Seconds Model::round_trip(std::string_view fibre_pair) const {
  return budget(fibre_pair, plant::Direction::kAToB).latency +
         budget(fibre_pair, plant::Direction::kBToA).latency;
}

}  // namespace caspilink::twin
