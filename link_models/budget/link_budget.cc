#include "link_models/budget/link_budget.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "link_models/budget/propagation.h"
#include "link_models/budget/receiver.h"
#include "link_models/physics/gn_analytic.h"
#include "link_models/physics/profile_models.h"
#include "link_models/physics/q_factor.h"

namespace caspilink::budget {
namespace {

using physics::SpectralState;
using plant::Element;
using plant::Line;

// The line after ageing and all the repairs its allowances foresee, spread over its length.
std::vector<Element> aged(const Line& line, Kilometers length) {
  const DbPerKm extra =
      line.allowances.ageing + DbPerKm(line.allowances.repair_loss.value() / length.value());
  std::vector<Element> elements = line.elements;
  for (Element& element : elements) {
    auto* span = std::get_if<plant::Span>(&element);
    if (span == nullptr) continue;
    span->fibre.attenuation += extra;
    for (plant::AttenuationPoint& point : span->fibre.attenuation_points) {
      point.attenuation += extra;
    }
  }
  return elements;
}

Dbm dbm_of_watts(double watts) { return to_dbm(Milliwatts(watts * 1e3)); }

double gsnr_of(const SpectralState& state, std::size_t i) {
  return 1 / ((state.ase_w[i] + state.nli_w[i]) / state.signal_w[i] + state.gawbs_noise_to_signal);
}

double slot_power_w(const SpectralState& state, std::size_t i) {
  return state.signal_w[i] + state.ase_w[i] + state.nli_w[i];
}

Arriving arriving(const plant::Channel& channel, std::size_t i, const SpectralState& state) {
  return {gsnr_of(state, i), channel.baud_rate, PsPerNm(state.chromatic_dispersion_ps_per_nm[i]),
          Picoseconds(std::sqrt(state.pmd_squared_ps2[i])),
          Db(std::sqrt(state.pdl_squared_db2[i]))};
}

ChannelBudget budget_of(const plant::Channel& channel, std::size_t i, const Propagated& light,
                        const Receiver& receiver) {
  const SpectralState& state = light.transceiver;
  const Arriving here = arriving(channel, i, state);
  ChannelBudget budget;
  budget.number = channel.number;
  budget.lit = channel.lit;
  budget.frequency = channel.frequency;
  budget.baud_rate = channel.baud_rate;
  budget.launch_power = channel.launch_power;
  budget.signal_power_line = dbm_of_watts(light.line_input.signal_w[i]);
  budget.signal_power = dbm_of_watts(state.signal_w[i]);
  budget.total_power_line = dbm_of_watts(slot_power_w(light.line_input, i));
  budget.total_power = dbm_of_watts(slot_power_w(state, i));
  budget.snr_ase = to_db(state.signal_w[i] / state.ase_w[i]);
  budget.osnr_01nm = physics::to_reference_bandwidth(budget.snr_ase, channel.baud_rate);
  budget.snr_nli = to_db(state.signal_w[i] / state.nli_w[i]);
  budget.snr_gawbs = to_db(1 / state.gawbs_noise_to_signal);
  budget.gsnr = to_db(here.gsnr);
  budget.gsnr_01nm = physics::to_reference_bandwidth(budget.gsnr, channel.baud_rate);
  budget.q_line = receiver.q_line(here.gsnr);
  Reception reception = receiver.receive(here);
  budget.gsnr_with_transceiver = reception.gsnr_with_transceiver;
  budget.penalty = reception.penalty;
  budget.q = reception.q;
  budget.pre_fec_ber = physics::ber_from_q(budget.q);
  budget.infeasible = std::move(reception.infeasible);
  budget.chromatic_dispersion = here.chromatic_dispersion;
  budget.pmd = here.pmd;
  budget.pdl = here.pdl;
  budget.latency = Seconds(state.latency_s);
  return budget;
}

std::vector<TraceEntry> trace_of(const Line& line, const Propagated& light) {
  std::vector<TraceEntry> trace;
  for (std::size_t i = 0; i < line.elements.size(); ++i) {
    const Kilometers travelled = light.distance[i];
    const Dbm in = to_dbm(light.total_power[i]);
    const Dbm out = to_dbm(light.total_power[i + 1]);
    trace.push_back(
        {plant::name_of(line.elements[i]), std::string(plant::kind_of(line.elements[i])),
         line.direction == plant::Direction::kAToB ? travelled : light.length - travelled, in, out,
         out - in});
  }
  return trace;
}

// Of gains that ascend in no order of frequency.
Db tilt_of(const std::vector<double>& frequency_hz, const std::vector<Db>& gains) {
  const auto n = static_cast<double>(gains.size());
  const auto [low, high] = std::minmax_element(frequency_hz.begin(), frequency_hz.end());
  double middle = 0;
  for (const double f : frequency_hz) middle += f / n;
  double rise = 0;
  double run = 0;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    const double offset = frequency_hz[i] - middle;
    rise += offset * gains[i].value();
    run += offset * offset;
  }
  return run > 0 ? Db(rise / run * (*high - *low)) : Db(0);
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::vector<Dbm> channel_powers(const SpectralState& state) {
  std::vector<Dbm> powers;
  powers.reserve(state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    powers.push_back(dbm_of_watts(slot_power_w(state, i)));
  }
  return powers;
}

std::vector<ElementLight> light_of(const std::vector<SpectralState>& states) {
  std::vector<ElementLight> elements;
  std::vector<Db> gains(states.front().size());
  std::vector<Dbm> in = channel_powers(states.front());
  for (std::size_t e = 1; e < states.size(); ++e) {
    const SpectralState& state = states[e];
    ElementLight& light = elements.emplace_back();
    light.power_out = channel_powers(state);
    for (std::size_t i = 0; i < gains.size(); ++i) gains[i] = light.power_out[i] - in[i];
    light.power_in = std::exchange(in, light.power_out);
    light.tilt = tilt_of(state.frequency_hz, gains);
    light.chromatic_dispersion = PsPerNm(mean(state.chromatic_dispersion_ps_per_nm));
    light.pmd = Picoseconds(std::sqrt(mean(state.pmd_squared_ps2)));
    light.pdl = Db(std::sqrt(mean(state.pdl_squared_db2)));
    light.latency = Seconds(state.latency_s);
  }
  return elements;
}

Result<void> check(const Line& line) {
  if (line.channels.empty()) {
    return fail(ErrorCode::kInvalidInput, line.fibre_pair, "expected at least one channel");
  }
  const bool has_span = std::any_of(
      line.elements.begin(), line.elements.end(),
      [](const Element& element) { return std::holds_alternative<plant::Span>(element); });
  if (!has_span)
    return fail(ErrorCode::kInvalidInput, line.fibre_pair, "expected at least one span");
  const bool pumped = std::any_of(
      line.elements.begin(), line.elements.end(),
      [](const Element& element) { return std::holds_alternative<plant::RamanPumps>(element); });
  const auto model = line.light_model.nonlinear;
  if (pumped && (model == plant::NonlinearModelKind::kIsrsGn ||
                 model == plant::NonlinearModelKind::kIsrsGnCoherent)) {
    return fail(ErrorCode::kInvalidInput, std::string(plant::to_string(model)),
                "the closed form knows no Raman pumps; expected gn, gn_srs or ggn");
  }
  return {};
}

std::unique_ptr<physics::NonlinearModel> model_of(const Line& line) {
  switch (line.light_model.nonlinear) {
    case plant::NonlinearModelKind::kIsrsGn:
      return std::make_unique<physics::IsrsGnModel>();
    case plant::NonlinearModelKind::kIsrsGnCoherent:
      return std::make_unique<physics::IsrsGnModel>(true);
    case plant::NonlinearModelKind::kGgn: {
      std::vector<double> roll_off;
      for (const plant::Channel& channel : line.channels) roll_off.push_back(channel.roll_off);
      return std::make_unique<physics::GeneralisedGnModel>(std::move(roll_off));
    }
    case plant::NonlinearModelKind::kGnSrs:
      return std::make_unique<physics::GnAnalytic>("gn-srs");
    case plant::NonlinearModelKind::kGn:
      break;
  }
  return std::make_unique<physics::GnAnalytic>();
}

}  // namespace

Result<LinkBudget> evaluate(const Line& line, const EvaluateOptions& options) {
  if (auto checked = check(line); !checked) return tl::unexpected(checked.error());
  const auto receiver = Receiver::of(line.mode, line.allowances);
  if (!receiver) return tl::unexpected(receiver.error());
  const std::unique_ptr<physics::NonlinearModel> model = model_of(line);
  const auto propagated =
      propagate(line.elements, line.channels, line.light_model, *model, options.element_light);
  if (!propagated) return tl::unexpected(propagated.error());
  const Propagated& light = *propagated;

  LinkBudget budget;
  budget.plant = line.plant;
  budget.fibre_pair = line.fibre_pair;
  budget.direction = line.direction;
  budget.nonlinear_model = model->name();
  budget.fec_q_limit = physics::q_from_ber(line.mode.fec_ber_threshold);
  budget.length = light.length;
  budget.latency = Seconds(light.transceiver.latency_s);
  budget.line_output_power = to_dbm(light.line_output_power);
  budget.line_input_power = to_dbm(physics::total_power(light.line_input));
  budget.trace = trace_of(line, light);
  if (options.element_light) budget.light = light_of(light.states);

  const Db bar = budget.fec_q_limit + line.allowances.time_variation;
  budget.channels.reserve(line.channels.size());
  for (std::size_t i = 0; i < line.channels.size(); ++i) {
    ChannelBudget& channel =
        budget.channels.emplace_back(budget_of(line.channels[i], i, light, *receiver));
    channel.margin_bol = channel.q - bar;
    channel.margin_eol = channel.margin_bol;
  }
  if (options.end_of_life) {
    const auto old = propagate(aged(line, light.length), line.channels, line.light_model, *model);
    if (!old) return tl::unexpected(old.error());
    for (std::size_t i = 0; i < line.channels.size(); ++i) {
      budget.channels[i].margin_eol =
          receiver->receive(arriving(line.channels[i], i, old->transceiver)).q - bar -
          line.allowances.pump_failures;
    }
  }
  return budget;
}

const ChannelBudget* worst_channel(const LinkBudget& budget) {
  const ChannelBudget* worst = nullptr;
  for (const ChannelBudget& channel : budget.channels) {
    if (channel.lit && (worst == nullptr || channel.margin_eol < worst->margin_eol)) {
      worst = &channel;
    }
  }
  return worst;
}

const ChannelBudget* find_channel(const LinkBudget& budget, int number) {
  for (const ChannelBudget& channel : budget.channels) {
    if (channel.number == number) return &channel;
  }
  return nullptr;
}

}  // namespace caspilink::budget
