#include "link_models/plant/line.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace caspilink::plant {
namespace {

// The span as light of the direction meets it: only places turn round, see RouteElement.
Span facing(Span span, Direction direction) {
  if (direction == Direction::kBToA) {
    for (LumpedLoss& lumped : span.lumped_losses) lumped.at = span.length - lumped.at;
    std::reverse(span.lumped_losses.begin(), span.lumped_losses.end());
  }
  return span;
}

std::vector<RouteElement> route_of(const Plant& plant, Direction direction) {
  std::vector<RouteElement> route;
  for (const Segment& segment : plant.segments) {
    route.insert(route.end(), segment.elements.begin(), segment.elements.end());
  }
  if (direction == Direction::kBToA) std::reverse(route.begin(), route.end());
  return route;
}

// Appends what light of the direction meets of one route element.
struct Append {
  Direction direction;
  std::vector<Element>& elements;

  void operator()(const Span& span) { elements.emplace_back(facing(span, direction)); }
  void operator()(const PlacedRopa& placed) {
    if (placed.direction == direction) elements.emplace_back(placed.ropa);
  }
  void operator()(const PlacedRoadm& placed) {
    elements.emplace_back(direction == Direction::kAToB ? placed.towards_b : placed.towards_a);
  }
  void operator()(const Repeater& repeater) { elements.emplace_back(repeater); }
  void operator()(const InLineAmplifier& amplifier) { elements.emplace_back(amplifier); }
};

// Pumps of a terminal for one line: those for Raman gain, and a feed for ROPAs through its fibre.
std::optional<RamanPumps> pumps_of(const Station& station, PumpWay way, bool feeds_ropa) {
  const Terminal& terminal = station.terminal;
  auto pumps =
      way == PumpWay::kWithSignal ? terminal.raman_transmit_pumps : terminal.raman_receive_pumps;
  if (feeds_ropa && terminal.ropa_feed &&
      terminal.ropa_feed->delivery == RopaFeed::Delivery::kLineFibre) {
    if (!pumps) pumps = RamanPumps{station.id + "-ropa-pump", way, {}};
    pumps->pumps.push_back(terminal.ropa_feed->pump);
  }
  return pumps;
}

bool feeds_ropa(const std::vector<Element>& elements, PumpWay way) {
  return std::any_of(elements.begin(), elements.end(), [&](const Element& element) {
    const auto* ropa = std::get_if<Ropa>(&element);
    return ropa != nullptr && ropa->pumping && ropa->pumping->way == way;
  });
}

void feed_by_pump_fibre(std::vector<Element>& elements, const Terminal& terminal, PumpWay way) {
  if (!terminal.ropa_feed || terminal.ropa_feed->delivery != RopaFeed::Delivery::kPumpFibre) return;
  for (Element& element : elements) {
    auto* ropa = std::get_if<Ropa>(&element);
    if (ropa != nullptr && ropa->pumping && ropa->pumping->way == way) {
      ropa->pumping->pump_fibre = terminal.ropa_feed;
    }
  }
}

template <typename T>
void append(std::vector<Element>& elements, const std::optional<T>& element) {
  if (element) elements.emplace_back(*element);
}

void insert_by_place(Span& span, LumpedLoss lumped) {
  const auto after =
      std::upper_bound(span.lumped_losses.begin(), span.lumped_losses.end(), lumped,
                       [](const LumpedLoss& x, const LumpedLoss& y) { return x.at < y.at; });
  span.lumped_losses.insert(after, std::move(lumped));
}

}  // namespace

Result<Line> line_of(const Plant& plant, std::string_view fibre_pair, Direction direction) {
  const FibrePair* pair = find_fibre_pair(plant, fibre_pair);
  if (pair == nullptr) {
    return fail(ErrorCode::kNotFound, plant.name, fmt::format("no fibre pair '{}'", fibre_pair));
  }
  const TransceiverMode* mode = find_mode(plant, pair->mode);
  if (mode == nullptr) {
    return fail(ErrorCode::kNotFound, plant.name, fmt::format("no mode '{}'", pair->mode));
  }
  Line line;
  line.plant = plant.name;
  line.fibre_pair = pair->id;
  line.direction = direction;
  line.from_station = sender(plant, direction).id;
  line.to_station = receiver(plant, direction).id;
  line.mode = *mode;
  line.light_model = plant.light_model;
  line.allowances = plant.allowances;
  line.channels = plant.channels;
  for (Channel& channel : line.channels) {
    channel.lit = std::find(pair->lit_channels.begin(), pair->lit_channels.end(), channel.number) !=
                  pair->lit_channels.end();
  }
  const Station& from = sender(plant, direction);
  const Station& to = receiver(plant, direction);
  std::vector<Element> route;
  for (const RouteElement& element : route_of(plant, direction)) {
    std::visit(Append{direction, route}, element);
  }
  feed_by_pump_fibre(route, from.terminal, PumpWay::kWithSignal);
  feed_by_pump_fibre(route, to.terminal, PumpWay::kAgainstSignal);
  append(line.elements, from.terminal.booster);
  append(line.elements, from.terminal.raman_transmit);
  append(line.elements,
         pumps_of(from, PumpWay::kWithSignal, feeds_ropa(route, PumpWay::kWithSignal)));
  line.elements.insert(line.elements.end(), route.begin(), route.end());
  const Terminal& terminal = to.terminal;
  append(line.elements,
         pumps_of(to, PumpWay::kAgainstSignal, feeds_ropa(route, PumpWay::kAgainstSignal)));
  append(line.elements, terminal.raman_receive);
  append(line.elements, terminal.preamplifier);
  append(line.elements, terminal.demultiplexer);
  return line;
}

Kilometers length_of(const Line& line) {
  Kilometers length;
  for (const Element& element : line.elements) {
    if (const auto* span = std::get_if<Span>(&element)) length += span->length;
  }
  return length;
}

Result<void> add_loss(Line& line, Kilometers from_a, Db loss, std::string cause) {
  const Kilometers length = length_of(line);
  if (!(from_a >= Kilometers(0) && from_a <= length)) {
    return fail(
        ErrorCode::kInvalidInput, line.fibre_pair,
        fmt::format("expected a place from 0 to {} km, got {} km", length.value(), from_a.value()));
  }
  if (!(loss >= Db(0))) {
    return fail(ErrorCode::kInvalidInput, line.fibre_pair,
                fmt::format("expected a loss of 0 dB or more, got {} dB", loss.value()));
  }
  const bool onward = line.direction == Direction::kAToB;
  const Kilometers place = onward ? from_a : length - from_a;
  Kilometers begin;
  Span* chosen = nullptr;
  Kilometers chosen_begin;
  for (Element& element : line.elements) {
    auto* span = std::get_if<Span>(&element);
    if (span == nullptr) continue;
    const Kilometers end = begin + span->length;
    // Where spans meet, the one towards A: the first seen onward, the last seen on the way back.
    if (place >= begin && place <= end && (chosen == nullptr || !onward)) {
      chosen = span;
      chosen_begin = begin;
    }
    begin = end;
  }
  if (chosen == nullptr) {
    // Rounding of the sum of lengths left the place just beyond the last span.
    return fail(ErrorCode::kInvalidInput, line.fibre_pair, "the line has no span at this place");
  }
  insert_by_place(*chosen, {place - chosen_begin, loss, std::move(cause)});
  return {};
}

Result<void> weaken_repeater(Line& line, std::string_view repeater, Db power_drop,
                             Db noise_figure_rise) {
  if (!(power_drop >= Db(0)) || !(noise_figure_rise >= Db(0))) {
    return fail(ErrorCode::kInvalidInput, std::string(repeater),
                "expected a power drop and a noise figure rise of 0 dB or more");
  }
  for (Element& element : line.elements) {
    auto* found = std::get_if<Repeater>(&element);
    if (found == nullptr || found->name != repeater) continue;
    found->total_output_power = found->total_output_power - power_drop;
    found->noise_figure += noise_figure_rise;
    return {};
  }
  return fail(ErrorCode::kNotFound, line.fibre_pair, fmt::format("no repeater '{}'", repeater));
}

Result<void> weaken_ropa(Line& line, std::string_view ropa, Db power_drop, Db noise_figure_rise) {
  if (!(power_drop >= Db(0)) || !(noise_figure_rise >= Db(0))) {
    return fail(ErrorCode::kInvalidInput, std::string(ropa),
                "expected a power drop and a noise figure rise of 0 dB or more");
  }
  for (Element& element : line.elements) {
    auto* found = std::get_if<Ropa>(&element);
    if (found == nullptr || found->name != ropa) continue;
    if (found->pumping) {
      found->pumping->pump_loss += power_drop;
      for (auto& point : found->pumping->response) point.noise_figure += noise_figure_rise;
    }
    // Without pump light lumped figures know no absorption.
    found->gain = std::max(found->gain - power_drop, Db(0));
    found->noise_figure += noise_figure_rise;
    if (found->maximum_output_power) {
      found->maximum_output_power = *found->maximum_output_power - power_drop;
    }
    return {};
  }
  return fail(ErrorCode::kNotFound, line.fibre_pair, fmt::format("no ROPA '{}'", ropa));
}

Result<void> fade_channel(Line& line, int channel, Db loss) {
  for (Channel& candidate : line.channels) {
    if (candidate.number != channel) continue;
    candidate.launch_power = candidate.launch_power - loss;
    return {};
  }
  return fail(ErrorCode::kNotFound, line.fibre_pair, fmt::format("no channel {}", channel));
}

}  // namespace caspilink::plant
