#include "agent/simulator/line_model.h"

#include <algorithm>
#include <utility>

#include "link_models/physics/q_factor.h"

namespace caspilink::simulator {
namespace {

constexpr std::array kDirections = {plant::Direction::kAToB, plant::Direction::kBToA};

// SNR in the symbol-rate bandwidth at which a format shows `q`.
Db snr_of_q(plant::ModulationFormat format, Db q) {
  // Within what the formats' bit error ratios can tell apart: below 16QAM's largest, above 1e-200.
  const double ber = std::min(physics::ber_from_q(std::min(q, Db(29))), 0.37);
  return to_db(physics::required_snr(format, ber));
}

LightView view_of(const plant::Line& line, const budget::LinkBudget& budget) {
  LightView view;
  for (const auto& channel : budget.channels) {
    if (!channel.lit) continue;
    view.channels.push_back({
        .number = channel.number,
        .launch_power = channel.launch_power,
        .signal_power = channel.signal_power,
        .q = channel.q,
        .esnr = snr_of_q(line.mode.format, channel.q),
        .osnr_01nm = channel.osnr_01nm,
        .chromatic_dispersion = channel.chromatic_dispersion,
        .pmd = channel.pmd,
        .pdl = channel.pdl,
    });
  }
  std::ranges::sort(view.channels, {}, &ChannelView::number);
  view.line_output_power = budget.line_output_power;
  view.line_input_power = budget.line_input_power;
  for (std::size_t i = 0; i < line.elements.size() && i < budget.trace.size(); ++i) {
    if (!std::holds_alternative<plant::TerminalAmplifier>(line.elements[i])) continue;
    view.preamplifier =
        AmplifierView{budget.trace[i].total_power_in, budget.trace[i].total_power_out};
  }
  for (std::size_t i = 0; i < line.elements.size() && i < budget.trace.size(); ++i) {
    if (!std::holds_alternative<plant::Repeater>(line.elements[i])) continue;
    const auto& entry = budget.trace[i];
    view.repeaters.push_back({.name = entry.name,
                              .from_sender = line.direction == plant::Direction::kAToB
                                                 ? entry.from_a
                                                 : budget.length - entry.from_a,
                              .input = entry.total_power_in,
                              .output = entry.total_power_out,
                              .tilt = budget.light[i].tilt});
  }
  view.fec_ber_threshold = line.mode.fec_ber_threshold;
  view.latency = budget.latency;
  return view;
}

// By the plan, and by what was injected since; the latest setting of an amplifier counts.
std::vector<SettingView> settings_of(const plant::Plant& plant, const std::string& fibre_pair,
                                     plant::Direction direction, const std::vector<Fault>& faults) {
  std::vector<SettingView> settings;
  Milliwatts total;
  for (const auto& channel : plant.channels) total += to_milliwatts(channel.launch_power);
  settings.push_back({.element = "booster", .output_power = to_dbm(total), .tilt = Db(0)});
  if (const auto& preamplifier = plant::receiver(plant, direction).terminal.preamplifier) {
    settings.push_back({.element = "preamplifier",
                        .output_power = preamplifier->total_output_power,
                        .tilt = Db(0)});
  }
  for (const auto& segment : plant.segments) {
    for (const auto& element : segment.elements) {
      const auto* repeater = std::get_if<plant::Repeater>(&element);
      if (repeater == nullptr) continue;
      settings.push_back(
          {.element = repeater->name, .output_power = repeater->total_output_power, .tilt = Db(0)});
    }
  }
  for (const Fault& fault : faults) {
    const auto* set = std::get_if<AmplifierSetting>(&fault.effect);
    if (set == nullptr || set->direction != direction) continue;
    if (fault.fibre_pair && *fault.fibre_pair != fibre_pair) continue;
    for (SettingView& one : settings) {
      if (one.element != set->amplifier) continue;
      one.output_power = set->output_power.value_or(one.output_power);
      one.tilt = set->tilt.value_or(one.tilt);
    }
  }
  return settings;
}

// Transmitters stand before the booster: its setting does not show in what they say they send.
Result<std::vector<Dbm>> transmitted_of(const plant::Plant& plant, const std::string& fibre_pair,
                                        plant::Direction direction, std::vector<Fault> faults) {
  std::erase_if(faults, [](const Fault& fault) {
    return std::holds_alternative<AmplifierSetting>(fault.effect);
  });
  const auto line = faulted_line(plant, fibre_pair, direction, faults);
  if (!line) return tl::unexpected(line.error());
  std::vector<Dbm> powers;
  for (const auto& channel : line->line.channels) {
    if (channel.lit) powers.push_back(channel.launch_power);
  }
  return powers;
}

}  // namespace

std::optional<FeedView> feed_of(const plant::Plant& plant, const std::vector<Fault>& faults) {
  const auto whole = budget::power_feed_budget(plant);
  if (!whole) return std::nullopt;
  FeedView view{.current = whole->current, .voltage = {whole->at_a, whole->at_b}};
  const plant::PowerFeed& feed = *plant.power_feed;
  const double length = plant::length_of(plant).value();
  double from_a = length;
  double from_b = length;
  for (const Fault& fault : faults) {
    const auto* cut = std::get_if<Cut>(&fault.effect);
    // Fibres of one pair may part while the conductor holds.
    if (cut == nullptr || fault.fibre_pair) continue;
    from_a = std::min(from_a, cut->at.value());
    from_b = std::min(from_b, length - cut->at.value());
  }
  if (from_a == length) return view;
  int before_a = 0;
  int before_b = 0;
  double at = 0;
  for (const plant::Segment& segment : plant.segments) {
    for (const plant::RouteElement& element : segment.elements) {
      if (const auto* span = std::get_if<plant::Span>(&element)) at += span->length.value();
      if (!std::holds_alternative<plant::Repeater>(element)) continue;
      before_a += at < from_a ? 1 : 0;
      before_b += length - at < from_b ? 1 : 0;
    }
  }
  const auto needs = [&](double km, int repeaters) {
    return Volts(view.current.value() * feed.resistance.value() * km) +
           repeaters * feed.repeater_voltage;
  };
  if (feed.feeding != plant::Feeding::kFromB) view.voltage[0] = needs(from_a, before_a);
  if (feed.feeding != plant::Feeding::kFromA) view.voltage[1] = -needs(from_b, before_b);
  return view;
}

LineModel::LineModel(std::shared_ptr<const plant::Plant> plant) : plant_(std::move(plant)) {}

Result<std::shared_ptr<const LightView>> LineModel::light_of(plant::Line line,
                                                             std::vector<Known>& used) {
  line.fibre_pair.clear();
  const auto same = [&](const Known& known) { return known.line == line; };
  if (const auto found = std::ranges::find_if(used, same); found != used.end()) return found->light;
  if (const auto found = std::ranges::find_if(known_, same); found != known_.end()) {
    used.push_back(*found);
    return found->light;
  }
  ++evaluations_;
  auto budget = budget::evaluate(line, {.end_of_life = false, .element_light = true});
  if (!budget) return tl::unexpected(budget.error());
  auto light = std::make_shared<const LightView>(view_of(line, *budget));
  used.push_back({std::move(line), light});
  return light;
}

Result<std::shared_ptr<const LineView>> LineModel::view(const LineState& state) {
  if (auto good = check_faults(*plant_, state); !good) return tl::unexpected(good.error());
  auto view = std::make_shared<LineView>();
  view->seed = state.seed;
  view->epoch_unix_ns = state.epoch_unix_ns;
  view->feed = feed_of(*plant_, state.faults);
  std::vector<Known> used;
  for (const auto& pair : plant_->fibre_pairs) {
    PairView& out = view->pairs.emplace_back();
    out.fibre_pair = pair.id;
    for (const auto direction : kDirections) {
      auto faulted = faulted_line(*plant_, pair.id, direction, state.faults);
      if (!faulted) return tl::unexpected(faulted.error());
      auto light = light_of(std::move(faulted->line), used);
      if (!light) return tl::unexpected(light.error());
      DirectionView& there = out.directions[static_cast<std::size_t>(direction)];
      there.light = *light;
      there.dark = faulted->dark;
      there.cut = faulted->cut;
      there.settings = settings_of(*plant_, pair.id, direction, state.faults);
      auto transmitted = transmitted_of(*plant_, pair.id, direction, state.faults);
      if (!transmitted) return tl::unexpected(transmitted.error());
      there.transmitted = std::move(*transmitted);
      there.delay = (*light)->latency + faulted->extra_delay;
    }
  }
  known_ = std::move(used);
  return view;
}

}  // namespace caspilink::simulator
