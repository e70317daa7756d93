#include "collector/assess/model.h"

#include "link_models/budget/evaluator.h"
#include "link_models/plant/line.h"

namespace caspilink::assess {
namespace {

std::optional<double> of_channel(const budget::ChannelBudget& channel, codec::Quantity quantity) {
  switch (quantity) {
    case codec::Quantity::kChannelOutputPower:
      return channel.launch_power.value();
    case codec::Quantity::kChannelInputPower:
      return channel.signal_power.value();
    case codec::Quantity::kQValue:
      return channel.q.value();
    case codec::Quantity::kEsnr:
      return channel.gsnr_with_transceiver.value();
    case codec::Quantity::kOsnr:
      return channel.osnr_01nm.value();
    case codec::Quantity::kPreFecBer:
      return channel.pre_fec_ber;
    case codec::Quantity::kChromaticDispersion:
      return channel.chromatic_dispersion.value();
    case codec::Quantity::kPolarizationModeDispersion:
      return channel.pmd.value();
    case codec::Quantity::kPolarizationDependentLoss:
      return channel.pdl.value();
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<Model> Model::build(std::shared_ptr<const plant::Plant> plant) {
  Model model(std::move(plant));
  // Observed readings are compared with today's line, so the end of life is not propagated.
  budget::Evaluator evaluator({.end_of_life = false});
  for (const plant::FibrePair& pair : model.plant_->fibre_pairs) {
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      auto line = plant::line_of(*model.plant_, pair.id, direction);
      if (!line) return tl::unexpected(line.error());
      const auto shared = evaluator.budget_of(std::move(*line));
      if (!shared) return tl::unexpected(shared.error());
      budget::LinkBudget budget = **shared;
      budget.fibre_pair = pair.id;
      model.budgets_.emplace(std::pair(pair.id, direction), std::move(budget));
    }
  }
  model.collect_expectations();
  return model;
}

void Model::collect_expectations() {
  const auto collect = [this](const plant::Station& station, codec::MeasurementPoint point) {
    const auto place = fleet::place_of(*plant_, station.id, point);
    const auto value = place ? expected(*place) : std::nullopt;
    if (value) expectations_.emplace(*place, *value);
  };
  for (const codec::QuantityInfo& info : codec::quantities()) {
    for (const plant::Station& station : plant_->stations) {
      const plant::Station& other = &station == &plant_->a() ? plant_->b() : plant_->a();
      for (const plant::FibrePair& pair : plant_->fibre_pairs) {
        codec::MeasurementPoint point{.quantity = info.quantity, .fibre_pair = pair.id};
        if (info.scope == codec::Scope::kPath) point.peer = other.id;
        if (info.scope != codec::Scope::kChannel) {
          collect(station, point);
          continue;
        }
        for (const int number : pair.lit_channels) {
          point.channel = static_cast<std::uint32_t>(number);
          collect(station, point);
        }
      }
    }
  }
}

const budget::LinkBudget& Model::budget(std::string_view fibre_pair,
                                        plant::Direction direction) const {
  return budgets_.find(std::pair<std::string, plant::Direction>(fibre_pair, direction))->second;
}

std::optional<double> Model::expected(const fleet::Place& place) const {
  const codec::QuantityInfo& info = codec::info(place.quantity);
  if (info.scope == codec::Scope::kPath) {
    const bool from_a = place.station == plant_->a().id;
    const auto outbound = from_a ? plant::Direction::kAToB : plant::Direction::kBToA;
    switch (place.quantity) {
      case codec::Quantity::kRoundTripDelay:
      case codec::Quantity::kRoundTripDelayMinimum:
        return round_trip(place.fibre_pair).value();
      case codec::Quantity::kOneWayDelayOutbound:
        return budget(place.fibre_pair, outbound).latency.value();
      case codec::Quantity::kOneWayDelayInbound:
        return budget(place.fibre_pair, plant::opposite(outbound)).latency.value();
      default:
        return std::nullopt;
    }
  }
  if (!place.direction) return std::nullopt;
  const budget::LinkBudget& line = budget(place.fibre_pair, *place.direction);
  if (info.scope == codec::Scope::kLine) {
    switch (place.quantity) {
      case codec::Quantity::kLineOutputPower:
        return line.line_output_power.value();
      case codec::Quantity::kLineInputPower:
        return line.line_input_power.value();
      default:
        return std::nullopt;
    }
  }
  if (info.scope != codec::Scope::kChannel) return std::nullopt;
  const auto* channel = budget::find_channel(line, static_cast<int>(place.channel));
  // Slots without a transceiver have no receiver to read.
  if (channel == nullptr || !channel->lit) return std::nullopt;
  return of_channel(*channel, place.quantity);
}

Seconds Model::round_trip(std::string_view fibre_pair) const {
  return budget(fibre_pair, plant::Direction::kAToB).latency +
         budget(fibre_pair, plant::Direction::kBToA).latency;
}

}  // namespace caspilink::assess
